import type { Completion, FlagCompletion } from './completions.js';

export function fishScript(completions: readonly Completion[]): string {
  return `# fish completion of streetdex: streetdex completion fish | source
function __streetdex_at
    # Whether the words before the cursor that are no flags begin with these, and with no longer row of a command.
    set -l given (commandline -opc)[2..-1]
    set -l found ''
    for word in $given
        set -l row (string trim "$found $word")
        contains -- "$row" ${completions.flatMap(({ words }) => (words === '' ? [] : [quoted(words)])).join(' ')}; or break
        set found $row
    end
    test "$found" = "$argv"
end
complete -c streetdex -f
${completions.flatMap(lines).join('\n')}
`;
}

function lines({ words, next, positional, flags }: Completion): readonly string[] {
  const here = `complete -c streetdex -n ${quoted(`__streetdex_at ${words}`.trim())}`;
  return [
    ...next.map(({ word, describe }) => `${here} -a ${word} -d ${quoted(describe)}`),
    ...(Array.isArray(positional) ? [`${here} -a ${quoted(positional.join(' '))}`] : []),
    ...(positional === 'files' ? [`${here} -F`] : []),
    ...flags.map((flag) => `${here} -l ${flag.name.slice(2)} -d ${quoted(flag.describe)}${valuePart(flag)}`),
  ];
}

function valuePart({ values }: FlagCompletion): string {
  if (values === undefined) return '';
  if (values === 'files') return ' -r -F';
  return values === null ? ' -x' : ` -x -a ${quoted(values.join(' '))}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
