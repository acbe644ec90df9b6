import { type Command, DRY_RUN_FLAG } from '../command.js';

export const ingest: Command = {
  name: 'ingest',
  arguments: 'SOURCE...',
  summary:
    'Add photos with known positions to an index: folders, manifests (tables of photos: CSV, TSV, GeoJSON, JSON) or single photos.',
  examples: [
    'streetdex ingest ~/photos --index indexes/mine',
    'streetdex ingest labels.csv --images photos/ --index indexes/city --dry-run',
    'streetdex ingest photos/ --gpx walk.gpx --clock-offset -02:00 --index indexes/walk           # clock on UTC+2',
    'streetdex ingest photos/ --gpx walk.gpx --clock-correction +00:00:35 --index indexes/walk    # clock 35 s slow',
    'streetdex ingest /mnt/photos --part 2/4 --index weaviate://a,b,c/Streets   # the second of four machines',
  ],
  flags: {
    images: {
      type: 'string',
      value: 'DIR',
      describe: 'Folder of the photos that a manifest names; its own folder by default.',
    },
    gpx: {
      type: 'string',
      value: 'FILE',
      multiple: true,
      describe: 'A GPX track that gives positions by capture time.',
    },
    'clock-offset': {
      type: 'string',
      value: 'S|±HH:MM',
      describe:
        'With --gpx: what to add to times that name no zone to get UTC (-02:00 for a camera on Berlin’s summer time).',
    },
    'clock-correction': {
      type: 'string',
      value: 'S|±HH:MM:SS',
      describe:
        'With --gpx: what to add to every time, with a zone or without, because the camera’s clock was wrong (+35 for one 35 s slow).',
    },
    'gap-max': {
      type: 'string',
      value: 'S',
      describe: 'Longest gap between two points of a track that photos are placed in, in seconds.',
      default: '60',
    },
    part: {
      type: 'string',
      value: 'I/N',
      describe:
        'Only the I-th of N parts of the photos, chosen by their paths below SOURCE: for N machines, or N evenings.',
    },
    thumbnails: {
      type: 'boolean',
      describe: 'Of a cluster: keep a small picture of each new photo with it, for servers that do not see its file.',
    },
    'dry-run': DRY_RUN_FLAG,
    recheck: {
      type: 'boolean',
      describe: 'Read every photo again, also where its file looks unchanged (size, times, inode).',
    },
    'retry-failed': { type: 'boolean', describe: 'Try photos again that failed before and have not changed.' },
    strict: { type: 'boolean', describe: 'Exit with 1 when a photo failed.' },
    json: { type: 'boolean', describe: 'Print events as JSON lines; the last one is the report.' },
  },
  settings: ['index', 'model', 'threads', 'device', 'pixels_max', 'data_dir', 'cluster_quantisation'],
  positionals: [1, 10_000],
  exits: {
    0: 'All photos were looked at. Some may have failed: the report counts and lists them.',
    1: 'With --strict: a photo failed.',
    130: 'It was stopped; what is done is stored.',
  },
  load: async () => (await import('../run/ingest.js')).ingest,
};
