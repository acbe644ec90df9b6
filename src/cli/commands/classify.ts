import { type Command, JSON_FLAG } from '../command.js';

export const classify: Command = {
  name: 'classify',
  arguments: 'PHOTO',
  summary: 'Say which of your labels fits a photo best.',
  examples: [
    'streetdex classify photo.jpg --labels "desert,forest,city"',
    'streetdex classify photo.jpg --labels "France,Japan,Brazil" --template "A Street View photo in {label}."',
  ],
  flags: {
    labels: {
      type: 'string',
      value: '"a,b,c"',
      describe: 'Labels with commas between them; a label in double quotes may hold commas.',
    },
    template: { type: 'string', value: 'TEXT', describe: 'Sentence that each label is put into, with {label} in it.' },
    json: JSON_FLAG,
  },
  settings: ['model', 'threads', 'device'],
  positionals: [1, 1],
  load: async () => (await import('../run/classify.js')).classify,
};
