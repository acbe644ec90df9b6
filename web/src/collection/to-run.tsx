/** What is not there yet, and the command that makes it. */
export function ToRun({ why, command }: { readonly why: string; readonly command: string }) {
  return (
    <div>
      <p>{why}</p>
      <pre>
        <code>{`streetdex ${command} --index PATH`}</code>
      </pre>
    </div>
  );
}
