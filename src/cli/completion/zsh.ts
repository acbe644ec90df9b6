import { type Completion, valuesOf } from './completions.js';

/** For zsh with compinit. */
export function zshScript(completions: readonly Completion[]): string {
  const cases = completions.map(({ words, next, positional, flags }) => {
    const offered = [
      ...next.map(({ word, describe }) => quoted(`${word}:${describe}`)),
      ...(Array.isArray(positional) ? positional : []).map(quoted),
    ];
    const names = flags.map(({ name, describe }) => quoted(`${name}:${describe}`));
    return `    ${quoted(words)}) words_=(${offered.join(' ')}) flags_=(${names.join(' ')}) files_=${positional === 'files' ? 1 : 0} ;;`;
  });
  const values = valuesOf(completions).map(
    ({ words, offered, files }) =>
      `    ${quoted(words)}) words_=(${offered.map(quoted).join(' ')}) flags_=() files_=${files ? 1 : 0} ;;`,
  );
  return `#compdef streetdex
# zsh completion of streetdex: source <(streetdex completion zsh), after compinit
_streetdex() {
  local command='' word i files_=0
  local -a words_ flags_
  # The longest row of words in front of the cursor that is a command.
  for ((i = 2; i < CURRENT && i < 5; i++)); do
    word="\${command:+$command }\${words[i]}"
    _streetdex_after "$word" || break
    command="$word"
  done
  _streetdex_after "$command"
  [[ "\${words[CURRENT-1]}" == --* ]] && _streetdex_value "$command \${words[CURRENT-1]}"
  if [[ "\${words[CURRENT]}" == -* && \${#flags_} -gt 0 ]]; then
    _describe -o flag flags_
    return
  fi
  (( \${#words_} )) && _describe word words_
  (( files_ )) && _files
}
_streetdex_after() {
  case "$1" in
${cases.join('\n')}
    *) return 1 ;;
  esac
}
_streetdex_value() {
  case "$1" in
${values.join('\n')}
    *) return 1 ;;
  esac
}
compdef _streetdex streetdex
`;
}

/** A colon ends the completed word, so colons within it are escaped; those in the description stay. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
