import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { StreetdexError } from '../../../../src/domain/errors.js';
import { installation } from '../../../../src/images/heic/find-libheif.js';
import { type HeicOptions, HeicThread } from '../../../../src/images/heic/heic-thread.js';
import { fakeLibheif } from '../../../support/heic.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const threads: HeicThread[] = [];
afterEach(async () => {
  for (const thread of threads.splice(0)) await thread.end();
});

function thread(options: Partial<HeicOptions> = {}): HeicThread {
  const made = new HeicThread({ find: () => fakeLibheif, ...options });
  threads.push(made);
  return made;
}

/** A file that the stand-in takes so, padded to be told apart. */
const file = (kind: number) => Uint8Array.of(kind, 0, 0, 0);

/** How many pictures the decoder has decoded since it was loaded, this one included. */
async function decode(heic: HeicThread, kind = 0, wait = false): Promise<number> {
  const image = await heic.decode({ bytes: file(kind), pixelsMax: 50e6 }, { wait });
  expect([image.width, image.height, image.data.length]).toEqual([2, 1, 6]);
  return image.data[0] as number;
}

async function failure(decoding: Promise<unknown>): Promise<StreetdexError> {
  const error = await decoding.then(
    () => new Error('it was decoded'),
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(StreetdexError);
  return error as StreetdexError;
}

describe('the thread that decodes HEIC', () => {
  it('goes on with the same decoder from picture to picture', async () => {
    const heic = thread();
    expect([await decode(heic), await decode(heic), await decode(heic)]).toEqual([1, 2, 3]);
  });

  it('decodes one at a time, those who wait behind those who do not', async () => {
    const heic = thread();
    const order: string[] = [];
    const take = (name: string, wait: boolean) =>
      heic
        .decode({ bytes: file(0), pixelsMax: 50e6 }, { wait, begun: () => order.push(`${name} begins`) })
        .then(() => order.push(`${name} is done`));
    await Promise.all([take('first', true), take('ingest', true), take('query', false)]);
    expect(order.filter((word) => word.includes('begins'))).toEqual(['first begins', 'query begins', 'ingest begins']);
    for (const name of ['first', 'query']) {
      const next = name === 'first' ? 'query' : 'ingest';
      expect(order.indexOf(`${name} is done`)).toBeLessThan(order.indexOf(`${next} is done`));
    }
  });

  it('refuses who does not wait when the queue is full, and no other', async () => {
    const heic = thread({ queueMax: 2 });
    const taken = [decode(heic), decode(heic), decode(heic)];
    const refused = await failure(decode(heic));
    expect([refused.family, refused.code]).toEqual(['later', 'decoder_busy']);
    taken.push(decode(heic, 0, true));
    expect(await Promise.all(taken)).toEqual([1, 2, 3, 4]);
  });

  it.each([
    ['the decoder aborts', 1, 'image_damaged', 'make no sense'],
    ['libheif finds the file invalid', 3, 'image_damaged', 'Made up.'],
    ['the thread ends in the middle', 4, 'image_damaged', 'ended in the middle'],
    ['the data end too early', 6, 'image_truncated', 'Made up'],
    ['the picture is larger than its header says', 7, 'image_too_large', '50 megapixels, got 8000 x 8000 (64.0)'],
    ['there is not enough memory', 8, 'image_too_large', 'more pixels or memory'],
  ])('fails when %s, and decodes the next picture with a fresh decoder', async (_, kind, code, words) => {
    const heic = thread();
    expect(await decode(heic)).toBe(1);
    const [error, next] = await Promise.all([failure(decode(heic, kind)), decode(heic)]);
    expect([error.family, error.code]).toEqual(['caller', code]);
    expect(error.message).toContain(words);
    expect(error.message).toMatch(/[^.]\.$/);
    expect(next).toBe(1);
  });

  it('gives up a picture that takes too long', async () => {
    const heic = thread({ timeoutMs: 1500 });
    const error = await failure(decode(heic, 2));
    expect([error.code, error.message]).toEqual(['image_damaged', expect.stringContaining('within 2 seconds')]);
    expect(await decode(heic)).toBe(1);
  });

  it('gives up a heap that has grown large, and itself when there is nothing to do', async () => {
    const heic = thread({ idleMs: 50 });
    expect([await decode(heic), await decode(heic, 5), await decode(heic)]).toEqual([1, 2, 1]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await decode(heic)).toBe(1);
  });

  it('says what to install where there is nothing, or something else, to decode with', async () => {
    const none = await failure(decode(thread({ find: () => null })));
    expect([none.family, none.code]).toEqual(['caller', 'heic_decoder_missing']);
    expect(none.message).toBe(
      "Expected the optional package libheif-js for the pixels of a HEIC picture, but it is not installed. Install it in streetdex's folder: npm install --no-save libheif-js@1.23.2",
    );
    const folder = temporaryFolder({ 'old.cjs': 'module.exports = { HeifDecoder: class {} }', 'broken.cjs': '}' });
    for (const name of ['old.cjs', 'broken.cjs', 'gone.cjs']) {
      const other = await failure(decode(thread({ find: () => join(folder, name) })));
      expect(other.code).toBe('heic_decoder_missing');
      expect(other.message).toContain('cannot be used as it is installed');
      expect(other.message).not.toContain(folder);
    }
  });
});

describe('the command that installs the decoder', () => {
  it('names the version that CI installs', () => {
    const { config } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(installation('checkout').command).toContain(config.heic_decoder);
  });

  it('fits a checkout, a project and the global folder', () => {
    const folder = temporaryFolder({ 'project/package.json': '{}' });
    const command = (...path: string[]) => installation(join(folder, ...path)).command;
    expect(command('checkout')).toBe('npm install --no-save libheif-js@1.23.2');
    expect(command('project', 'node_modules', 'streetdex')).toBe('npm install libheif-js@1.23.2');
    expect(command('lib', 'node_modules', 'streetdex')).toBe('npm install --global libheif-js@1.23.2');
  });
});
