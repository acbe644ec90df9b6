import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { DECODE_MEMORY_MB } from './decode-memory.js';
import { DEVICES } from './devices.js';
import { packageRoot } from './package-root.js';

const count = (min: number) => z.coerce.number().int().min(min);
const list = z.preprocess(
  (value) =>
    typeof value === 'string'
      ? value
          .split(',')
          .map((part) => part.trim())
          .filter((part) => part !== '')
      : value,
  z.array(z.string()),
);

/**
 * Every setting, once: its type, default and effect. The flag is the name in kebab-case (`--data-dir`), the variable
 * STREETDEX_ and the name in capitals (`STREETDEX_DATA_DIR`; two have a shared one as well), the key of the config file the name itself.
 * docs/configuration.md is generated from this.
 */
export const settingsSchema = z
  .strictObject({
    index: z
      .string()
      .min(1)
      .optional()
      .describe('Folder of the index. Every command that reads or writes references needs it.'),
    model: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Model to use: the name of a folder below `models_dir` (`pocket`, `owner/name`) or a path. By default the model that the index was made with, and `pocket` for a new one. A model that does not fit the index is refused.',
      ),
    models_dir: z
      .string()
      .min(1)
      .default(() => join(packageRoot(), 'models'))
      .describe('Folder that holds the model folders.'),
    data_dir: z
      .string()
      .min(1)
      .default(() => join(homedir(), '.local', 'share', 'streetdex'))
      .describe(
        'Folder of what all indexes share: the gazetteer (the list of the world’s places), what models make of its names, what they made of photos in `evaluate`, and unfinished downloads of `model add`.',
      ),
    hub_endpoint: z
      .string()
      .min(1)
      .default('https://huggingface.co')
      .describe(
        'Address of the hub that `model add` gets models from: the Hugging Face hub or a mirror that speaks its protocol. It must be https, or http on a loopback address.',
      ),
    hub_token: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Access token for private models and those whose terms have to be accepted. It is sent to the hub itself only, never to a host that it redirects to. Better given by the environment than by a flag, which other users of the machine can see.',
      ),
    weaviate_api_key: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Key of the Weaviate cluster that holds the index. Better given by the environment than by a flag, which other users of the machine can see.',
      ),
    cluster_quantisation: z
      .enum(['none', 'rq8'])
      .default('none')
      .describe(
        'How a new index in a cluster keeps vectors for searching: as they are, or in 8 bits a dimension (`rq8`), which takes a quarter of the memory. What a search finds first is compared anew by the whole vectors. An index that is there stays as it was made.',
      ),
    threads: count(0).default(0).describe('Threads that the model runs on; 0 means all cores.'),
    device: z
      .enum(DEVICES)
      .default('auto')
      .describe(
        'What the model runs on: `cpu` (the processor), `gpu` (a graphics card where there is one that computes right, else the processor with a notice), `auto` (a card that is also faster than the processor; always the processor for a single photo), or an execution provider by its name, as far as the installed ONNX Runtime has it: `webgpu` (every maker’s cards, and drivers without a card), `cuda` (NVIDIA), `coreml` (macOS), `dml` (Windows). A card takes models in float32 or float16. Answers and index ids do not depend on it.',
      ),
    host: z
      .string()
      .min(1)
      .default('127.0.0.1')
      .describe('Address that the server binds to. Without API keys only a loopback address is allowed.'),
    port: count(0).max(65_535).default(8080).describe('Port of the server; 0 takes a free one and prints it.'),
    allowed_hosts: list
      .default([])
      .describe(
        'Host names (with port where it is not 80) under which the server may be called, besides its own address: what a browser sends as Host and Origin must be one of them.',
      ),
    cors_origins: list
      .pipe(
        z.array(
          z
            .string()
            .regex(
              /^https?:\/\/[^\s/?#@]+$/,
              'Expected origins such as https://map.example, without a path and not *.',
            ),
        ),
      )
      .default([])
      .describe(
        'Origins (`https://map.example`) whose pages may call the API from a browser (CORS). Empty: none but the server itself.',
      ),
    api_keys: list
      .default([])
      .describe(
        'API keys, each `scope:key` with scope read, write or admin (`write` includes read, `admin` everything). Better given by the environment than by a flag, which other users of the machine can see.',
      ),
    api_keys_file: z
      .string()
      .min(1)
      .optional()

      .describe(
        'File with one `scope:sha256-hex-of-the-key` per line; blank lines and # comments are ignored. It is read again within seconds when it changes, and on SIGHUP; one that can’t be used then leaves the keys as they are.',
      ),
    audit_log: z
      .string()
      .min(1)
      .optional()
      .describe(
        'File to which the server adds one JSON line for each call: when, the key (the first 16 digits of its hash) or else the address, method, route, status, request id. Never pictures, places, queries or bodies. SIGHUP opens it again, after it was moved away. By default none.',
      ),
    fetch_hosts: list
      .default([])
      .describe(
        'Host names from which the server may fetch an `image_url` for a caller. Empty: never. Private addresses are refused all the same.',
      ),
    round_km: z.coerce
      .number()
      .min(0)
      .max(1000)
      .default(0)
      .describe('Coarsen every point of an answer to a grid of about this many km; 0 gives points as they are.'),
    map_style_url: z
      .string()
      .regex(/^(https?:\/\/|\/)[^\s;,'"]+$/, 'Expected an http(s) URL, or a path that starts with /.')
      .optional()
      .describe(
        "Style of the page's map, as MapLibre reads it, in place of the built-in one. Its host is allowed in the page's Content-Security-Policy; browsers will ask it for tiles.",
      ),
    map_hosts: list
      .pipe(z.array(z.string().regex(/^https?:\/\/[\w.*:-]+$/, 'Expected origins as https://tiles.example.')))
      .default([])
      .describe('Further origins that the map style loads tiles, glyphs and sprites from, as `https://tiles.example`.'),
    body_bytes_max: count(1024)
      .default(32 * 1024 * 1024)
      .describe('Largest request body in bytes; a larger one is refused with `body_too_large`.'),
    batch_images_max: count(1).default(64).describe('Most pictures of one `locate/batch`.'),
    batch_bytes_max: count(1024)
      .default(256 * 1024 * 1024)
      .describe(
        'Largest body of a `locate/batch` in bytes; each of its pictures may have `body_bytes_max`. One is worked on at a time.',
      ),
    pixels_max: count(1)
      .default(100_000_000)
      .describe(
        'Most pixels of a picture; a larger one is refused with `image_too_large` before it is decoded. HEIC may have at most 50 megapixels, whatever this says.',
      ),
    decode_memory_mb: count(16)
      .optional()
      .describe(
        `Memory in MB that all pictures together may take while they are decoded, as far as their headers tell; others wait for their turn. A picture that needs more by itself is refused with \`image_too_large\`. By default ${DECODE_MEMORY_MB.server} for a server, which is enough for a JPEG of 100 megapixels (40 where it is progressive), a WebP of 34, an AVIF or HEIC of 20; ${DECODE_MEMORY_MB.command} for other commands.`,
      ),
    labels_max: count(1).default(1000).describe('Most labels of one `classify`.'),
    k_max: count(1).default(1000).describe('Most results of one `similar`.'),
    page_size_max: count(1).default(500).describe('Most references on a page of `GET /v1/references`.'),
    thumbnails_bytes_max: count(0)
      .default(512 * 1024 * 1024)
      .describe(
        "Bytes of the thumbnails that are kept on disk, in the index's folder; the longest unused go first. 0 keeps none.",
      ),
    ingest_roots: list
      .default([])
      .describe(
        'Folders that callers with a key of scope write may have ingested, each as a path or name=path; nothing outside them is read, wherever links lead. Empty: none.',
      ),
    in_flight_max: count(1)
      .default(64)
      .describe('Most requests worked on at once; more are answered 429 with `too_many_requests_in_flight`.'),
    queue_max: count(1)
      .default(32)
      .describe(
        'Most pictures and captions that wait for the model; more are answered 429 with `encoder_busy`. Over HTTP a photo counts from the end of its upload to its answer.',
      ),
    rate_limit_per_minute: count(0)
      .default(600)
      .describe('Calls a minute for each API key, or each address where there are no keys; 0 sets no limit.'),
    trusted_hops: count(0)
      .max(16)
      .default(0)
      .describe(
        'How many proxies stand in front and add whom they hear to `X-Forwarded-For`: whose call it is then is the entry that the outermost of them added (for rate limits and the audit log). 0: the address of the connection, and nothing that a caller says counts. Only these proxies may be able to reach the server.',
      ),
    shutdown_timeout_s: z.coerce
      .number()
      .min(0)
      .max(600)
      .default(15)
      .describe(
        'How long the server may take to end after SIGTERM, in seconds. Running calls get four fifths of it; what has not ended then is ended by force, and the exit code is not 0.',
      ),
    log_level: z
      .enum(['silent', 'error', 'warn', 'info', 'debug'])
      .default('info')
      .describe('What the server writes to its log (JSON lines on standard error). Query photos are never logged.'),
  })
  .describe('streetdex settings');

export type Config = Readonly<z.output<typeof settingsSchema>>;
export type SettingName = keyof typeof settingsSchema.shape;

export const SETTING_NAMES = Object.keys(settingsSchema.shape) as readonly SettingName[];

/** What stands for a setting's value in the help, as a flag's does. */
export const SETTING_VALUES: { readonly [name in SettingName]: string } = {
  index: 'DIR',
  model: 'NAME',
  models_dir: 'DIR',
  data_dir: 'DIR',
  hub_endpoint: 'URL',
  hub_token: 'TOKEN',
  weaviate_api_key: 'KEY',
  cluster_quantisation: 'HOW',
  threads: 'N',
  device: 'NAME',
  host: 'ADDRESS',
  port: 'N',
  allowed_hosts: 'HOST,…',
  cors_origins: 'URL,…',
  api_keys: 'KEY,…',
  api_keys_file: 'FILE',
  audit_log: 'FILE',
  fetch_hosts: 'HOST,…',
  round_km: 'KM',
  map_style_url: 'URL',
  map_hosts: 'URL,…',
  body_bytes_max: 'BYTES',
  batch_images_max: 'N',
  batch_bytes_max: 'BYTES',
  pixels_max: 'N',
  decode_memory_mb: 'MB',
  labels_max: 'N',
  k_max: 'N',
  page_size_max: 'N',
  thumbnails_bytes_max: 'BYTES',
  ingest_roots: 'DIR,…',
  in_flight_max: 'N',
  queue_max: 'N',
  rate_limit_per_minute: 'N',
  trusted_hops: 'N',
  shutdown_timeout_s: 'SECONDS',
  log_level: 'LEVEL',
};

/** `data_dir` as a flag: `data-dir`. */
export const flagOf = (name: SettingName): string => name.replaceAll('_', '-');

/** `data_dir` as an environment variable: `STREETDEX_DATA_DIR`. */
export const variableOf = (name: SettingName): string => `STREETDEX_${name.toUpperCase()}`;

/** Variables that the hub's own tools read; ours win over them. */
export const SHARED_VARIABLES: { readonly [name in SettingName]?: string } = {
  hub_endpoint: 'HF_ENDPOINT',
  hub_token: 'HF_TOKEN',
};
