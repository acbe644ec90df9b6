import { type Command, JSON_FLAG } from '../command.js';

export const gazetteerStats: Command = {
  name: 'gazetteer stats',
  arguments: '',
  summary: 'Say what the gazetteer (the list of the world’s places) holds, and where it comes from.',
  examples: ['streetdex gazetteer stats --json'],
  flags: { json: JSON_FLAG },
  settings: ['data_dir'],
  positionals: [0, 0],
  load: async () => (await import('../run/gazetteer.js')).gazetteerStats,
};

export const gazetteerImport: Command = {
  name: 'gazetteer import',
  arguments: 'DIR',
  summary: 'Replace the gazetteer by files of GeoNames that you have downloaded.',
  examples: ['streetdex gazetteer import ~/Downloads/geonames'],
  flags: { json: JSON_FLAG },
  settings: ['data_dir'],
  positionals: [1, 1],
  load: async () => (await import('../run/gazetteer.js')).gazetteerImport,
};
