import { readFileSync } from 'node:fs';
import { Tokenizer } from '@huggingface/tokenizers';
import { fault } from '../domain/errors.js';

/** The files of a model's byte-pair vocabulary: one of the hub's fast tokenizers, or OpenAI's two. */
export type TokenizerFiles = { readonly json: string } | { readonly vocab: string; readonly merges: string };

const START = '<|startoftext|>';
const END = '<|endoftext|>';

/** CLIP's own splitting of a text into words, from OpenAI's simple_tokenizer. */
const WORDS = String.raw`<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`;

/** Turns captions into CLIP's token ids. */
export class ClipTokenizer {
  readonly #tokenizer: Tokenizer;
  readonly #lengthMax: number;

  private constructor(tokenizer: Tokenizer, lengthMax: number) {
    this.#tokenizer = tokenizer;
    this.#lengthMax = lengthMax;
  }

  /**
   * Reads the files synchronously, in a worker.
   * @throws `model_file_altered` when they are not a CLIP tokenizer
   */
  static read(files: TokenizerFiles, lengthMax: number): ClipTokenizer {
    const file = 'json' in files ? files.json : files.vocab;
    try {
      const json =
        'json' in files ? readJson(files.json) : tokenizerJson(readJson(files.vocab), readMerges(files.merges));
      return new ClipTokenizer(new Tokenizer(json, {}), lengthMax);
    } catch (error) {
      throw fault('model_file_altered', `Expected a CLIP tokenizer in ${file}, but it cannot be read: ${error}.`, {
        cause: error,
      });
    }
  }

  /** Ids with the start and end marks; a text that is too long keeps its first tokens and the end mark. */
  encode(text: string): number[] {
    // JavaScript lowers Σ at a word's end to ς; the reference lowers each character by itself.
    const { ids } = this.#tokenizer.encode(text.replaceAll('Σ', 'σ'));
    if (ids.length <= this.#lengthMax) return ids;
    return [...ids.slice(0, this.#lengthMax - 1), ...ids.slice(-1)];
  }
}

function readJson(file: string): Record<string, number> {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** The first line is a version, every other one a pair. */
function readMerges(file: string): string[][] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#version')).map((line) => line.split(' '));
}

/** The tokenizer that transformers builds from OpenAI's two files. */
function tokenizerJson(vocab: Record<string, number>, merges: string[][]): object {
  const mark = (content: string) => ({
    id: vocab[content],
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  });
  return {
    added_tokens: [mark(START), mark(END)],
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'NFC' },
        { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' },
        { type: 'Lowercase' },
      ],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: WORDS }, behavior: 'Removed', invert: true },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
      ],
    },
    post_processor: {
      type: 'RobertaProcessing',
      sep: [END, vocab[END]],
      cls: [START, vocab[START]],
      trim_offsets: false,
      add_prefix_space: false,
    },
    decoder: { type: 'ByteLevel' },
    model: {
      type: 'BPE',
      unk_token: END,
      continuing_subword_prefix: '',
      end_of_word_suffix: '</w>',
      vocab,
      merges,
    },
  };
}
