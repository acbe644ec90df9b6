import { fault } from '../../domain/errors.js';
import { didYouMean, nearestWords } from '../../domain/nearest-words.js';
import { present } from '../../domain/present.js';
import type { Run } from '../command.js';
import { bashScript } from '../completion/bash.js';
import { completionsOf } from '../completion/completions.js';
import { fishScript } from '../completion/fish.js';
import { zshScript } from '../completion/zsh.js';
import { print } from '../print.js';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

export const completion: Run = async ({ positionals }, commands) => {
  const shell = present(positionals[0]);
  const script = Object.entries(SCRIPTS).find(([name]) => name === shell)?.[1];
  if (script === undefined) {
    const known = Object.keys(SCRIPTS);
    throw fault(
      'usage',
      `Expected one of ${known.join(', ')}, but got ${shell}.${didYouMean(nearestWords(shell, known))}`,
    );
  }
  print(script(completionsOf(commands)));
  return undefined;
};
