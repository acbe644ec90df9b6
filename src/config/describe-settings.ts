import { z } from 'zod';
import { flagOf, SETTING_NAMES, type SettingName, SHARED_VARIABLES, settingsSchema, variableOf } from './settings.js';

const COMPUTED_DEFAULTS: Readonly<Record<string, string>> = {
  models_dir: "the program's own `models`",
  data_dir: '`~/.local/share/streetdex`',
};

/** The first sentence of a setting's description. */
export function settingSummary(name: SettingName): string {
  const { description = '' } = settingsSchema.shape[name];
  return /^.*?\.(?= |$)/.exec(description)?.[0] ?? description;
}

/** What a setting is where nobody sets it, in words; undefined where it is nothing. */
export function settingDefault(name: SettingName): string | undefined {
  const computed = COMPUTED_DEFAULTS[name]?.replaceAll('`', '');
  const value = String(settingsSchema.shape[name].safeParse(undefined).data ?? '');
  return computed ?? (value === '' ? undefined : value);
}

/** All values that a setting may have, where they can be listed. */
export function settingChoices(name: SettingName): readonly string[] | undefined {
  const field: z.ZodType = settingsSchema.shape[name];
  const inner = field instanceof z.ZodDefault ? field.unwrap() : field;
  return inner instanceof z.ZodEnum ? inner.options.map(String) : undefined;
}

/** The text of docs/configuration.md, made from the schema. */
export function describeSettings(): string {
  const rows = SETTING_NAMES.map((name) => {
    const field = settingsSchema.shape[name];
    const parsed = field.safeParse(undefined);
    const fallback =
      COMPUTED_DEFAULTS[name] ??
      (parsed.success && parsed.data !== undefined ? `\`${JSON.stringify(parsed.data)}\`` : 'none');
    const shared = SHARED_VARIABLES[name] ? `, else \`${SHARED_VARIABLES[name]}\`` : '';
    return `### \`${name}\`\n\n${field.description}\n\n- flag: \`--${flagOf(name)}\`\n- variable: \`${variableOf(name)}\`${shared}\n- default: ${fallback}\n`;
  });
  return `# Configuration

Generated from \`src/config/settings.ts\` by \`npm run docs:configuration\`; a test compares the two.

A setting can come from a flag, from an environment variable, or from a config file, in this order of strength. The
config file is a JSON object with the names below; it is the file that \`--config\` names, else \`STREETDEX_CONFIG\`, else
\`streetdex.config.json\` in the working folder where there is one. Lists are written with commas in flags and variables,
as arrays in the file. A name that does not exist is refused, so that a misspelt one can't pass unseen.

${rows.join('\n')}`;
}
