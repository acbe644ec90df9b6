import { ERROR_CODES, type ErrorFamily } from './error-codes.js';

const FAMILIES: Readonly<Record<ErrorFamily, string>> = {
  caller: `## The caller's

Something is to be mended in the request, the command or the photos. A command ends with 2.`,
  operator: `## The operator's

Something is to be mended in the configuration, the folders or the models. A command says all of it and ends with 2;
over HTTP only the code is told, since messages name folders, and the log has the rest.`,
  ours: `## Ours

A fault of the program or of what it stored. A command ends with 1; over HTTP only the code is told, and the log has the
rest.`,
  later: `## Try again later

Nothing is wrong with what was asked. A command ends with 3, one that was stopped (\`interrupted\`) with 130; over HTTP \`Retry-After\` says how many seconds to wait.`,
};

/** The text of docs/errors.md, made from the table of codes. */
export function describeErrors(): string {
  const sections = (Object.keys(FAMILIES) as ErrorFamily[]).map((family) => {
    const rows = Object.entries(ERROR_CODES)
      .filter(([, entry]) => entry.family === family)
      .map(([code, { status, means }]) => `| \`${code}\` | ${status} | ${means} |`);
    return `${FAMILIES[family]}\n\n| code | HTTP status | what it means, what to do |\n|---|---|---|\n${rows.join('\n')}\n`;
  });
  return `# Errors

Generated from \`src/domain/error-codes.ts\` by \`npm run docs:errors\`; a test compares the two.

Every expected failure has a code that stays, and a sentence for people that says what was expected, what came and what to
do. Over HTTP it is a problem document (RFC 9457) with \`type\`, \`title\`, \`status\`, \`detail\`, \`instance\`, \`code\`,
\`errors\` and \`request_id\`; \`type\` is \`urn:streetdex:problem:\` and the code. A photo that an ingest could not take is
listed with a code too: one of the caller's, or one of that list alone, with its reason.

${sections.join('\n')}`;
}
