import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { COMMANDS } from '../../../src/cli/commands.js';
import { bashScript } from '../../../src/cli/completion/bash.js';
import { completionsOf } from '../../../src/cli/completion/completions.js';
import { fishScript } from '../../../src/cli/completion/fish.js';
import { zshScript } from '../../../src/cli/completion/zsh.js';
import { putFile, temporaryFolder } from '../../support/temporary-folder.js';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript };
const folder = temporaryFolder({ 'a photo.jpg': '', 'other.txt': '' });
for (const [shell, script] of Object.entries(SCRIPTS))
  putFile(folder, `completion.${shell}`, script(completionsOf(COMMANDS)));
/** What a shell without its user's own settings is started with. */
const BARE: Record<keyof typeof SCRIPTS, readonly string[]> = {
  bash: ['--norc', '--noprofile'],
  zsh: ['-f'],
  fish: ['--no-config'],
};

function inShell(shell: keyof typeof SCRIPTS, program: string): string[] {
  const { stdout, stderr } = spawnSync(shell, [...BARE[shell], '-c', program], { cwd: folder, encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout.split('\n').filter((line) => line !== '');
}

/** What a line ends in after the tab key: the words offered for the last of `words`. */
const OFFERS = {
  bash: (words: readonly string[]) => {
    const row = words.map((word) => `'${word}'`).join(' ');
    const program = `source completion.bash; COMP_WORDS=(streetdex ${row}); COMP_CWORD=${words.length}; _streetdex; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return inShell('bash', program);
  },
  fish: (words: readonly string[]) =>
    inShell('fish', `source completion.fish; complete -C 'streetdex ${words.join(' ')}'`).map(
      (line) => line.split('\t')[0],
    ),
};

describe.each(['bash', 'fish'] as const)('completion of %s', (shell) => {
  const there = spawnSync(shell, ['--version']).status === 0;
  const test = there ? it : it.skip;
  const offers = OFFERS[shell];

  test.each([
    [['loc'], ['locate']],
    [['index', 'ver'], ['verify']],
    [['help', 'index', 'ver'], ['verify']],
    [['index', 'verify', '--ind'], ['--index']],
    [
      ['model', 'add', '--precision', 'fp'],
      ['fp16', 'fp32'],
    ],
    [['serve', '--log-level', 'w'], ['warn']],
    [['completion', 'z'], ['zsh']],
    [['--v'], ['--version']],
    [['locate', 'oth'], ['other.txt']],
    [['locate', 'x.jpg', '--geo'], ['--geojson']],
  ])(`offers after %p %p${there ? '' : ` (skipped: ${shell} is not there)`}`, (words, expected) => {
    expect([...offers(words)].sort()).toEqual(expected);
  });

  test('offers every command', () => {
    const first = offers(['']);
    for (const { name } of COMMANDS) expect(first).toContain(name.split(' ')[0]);
  });
});

describe('completion of bash', () => {
  it('offers every flag of every command', () => {
    const asks = COMMANDS.map(
      ({ name }) =>
        `COMP_WORDS=(streetdex ${name} --); COMP_CWORD=$((\${#COMP_WORDS[@]}-1)); _streetdex; echo "${name}:\${COMPREPLY[*]}"`,
    );
    const lines = inShell('bash', `source completion.bash\n${asks.join('\n')}`);
    expect(lines).toHaveLength(COMMANDS.length);
    COMMANDS.forEach(({ name, flags }, i) => {
      const [, offered = ''] = (lines[i] as string).split(':');
      for (const flag of [...Object.keys(flags), 'help'])
        expect([name, offered.split(' ')]).toEqual([name, expect.arrayContaining([`--${flag}`])]);
    });
  });
});

describe('completion of zsh', () => {
  const there = spawnSync('zsh', ['--version']).status === 0;
  (there ? it : it.skip)(
    `is a script that zsh takes, with every command${there ? '' : ' (skipped: zsh is not there)'}`,
    () => {
      const program = `compdef() { :; }; _describe() { print -l -- "\${(@P)@[-1]}"; }; _files() { print files; }
      source ${join(folder, 'completion.zsh')}
      words=(streetdex ''); CURRENT=2; _streetdex
      words=(streetdex model add --precision ''); CURRENT=5; _streetdex
      words=(streetdex index verify --); CURRENT=4; _streetdex`;
      const lines = inShell('zsh', program);
      for (const { name } of COMMANDS) expect(lines.map((line) => line.split(':')[0])).toContain(name.split(' ')[0]);
      expect(lines).toContain('int8-block');
      expect(lines).toContain('--index:Folder of the index.');
    },
  );
});
