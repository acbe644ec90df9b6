import { type Completion, valuesOf } from './completions.js';

/** For bash 3.2 and later; it needs no bash-completion. */
export function bashScript(completions: readonly Completion[]): string {
  const words = completions.map(({ words, next, positional, flags }) => {
    const offered = [...next.map(({ word }) => word), ...(Array.isArray(positional) ? positional : [])].join(' ');
    const names = flags.map(({ name }) => name).join(' ');
    return `    '${words}') words='${offered}' flags='${names}' files=${positional === 'files' ? 1 : 0} ;;`;
  });
  const values = valuesOf(completions).map(
    ({ words, offered, files }) => `    '${words}') words='${offered.join(' ')}' flags='' files=${files ? 1 : 0} ;;`,
  );
  return `# bash completion of streetdex: source <(streetdex completion bash)
_streetdex() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" command='' word i
  local words='' flags='' files=0
  # The longest row of words in front of the cursor that is a command.
  for ((i = 1; i < COMP_CWORD && i < 4; i++)); do
    word="\${command:+$command }\${COMP_WORDS[i]}"
    _streetdex_after "$word" || break
    command="$word"
  done
  _streetdex_after "$command"
  [[ "$prev" == --* ]] && _streetdex_value "$command $prev"
  COMPREPLY=()
  [[ "$cur" == -* && -n "$flags" ]] && words="$flags" files=0
  [[ -n "$words" ]] && COMPREPLY=($(compgen -W "$words" -- "$cur"))
  if ((files)); then
    compopt -o filenames 2>/dev/null
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$cur")
  fi
}
_streetdex_after() {
  case "$1" in
${words.join('\n')}
    *) return 1 ;;
  esac
}
_streetdex_value() {
  case "$1" in
${values.join('\n')}
    *) return 1 ;;
  esac
}
complete -F _streetdex streetdex
`;
}
