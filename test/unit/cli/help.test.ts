import { describe, expect, it } from '@jest/globals';
import { COMMANDS } from '../../../src/cli/commands.js';
import { commandHelp, groupHelp, programHelp } from '../../../src/cli/help.js';

const GROUPS = [...new Set(COMMANDS.filter(({ name }) => name.includes(' ')).map(({ name }) => name.split(' ')[0]))];
const helpOf = (name: string) => {
  const command = COMMANDS.find((one) => one.name === name);
  if (command === undefined) throw new Error(`no command ${name}`);
  return commandHelp(command);
};
const tooWide = (text: string) => text.split('\n').filter((line) => line.length > 80);

describe('help', () => {
  it('names every command within 80 columns, and what exit codes mean', () => {
    const text = programHelp(COMMANDS);
    for (const { name } of COMMANDS) expect(text).toMatch(new RegExp(`\\n  ${name} +\\S`));
    expect(text).toMatch(/Exit codes:\n {2}0 +\S/);
    expect(tooWide(text)).toEqual([]);
  });

  it.each(COMMANDS.map(({ name }) => [name]))('of %s has examples and fits 80 columns', (name) => {
    expect(helpOf(name)).toContain(`Usage: streetdex ${name}`);
    expect(helpOf(name)).toMatch(/Examples:\n {2}\S/);
    expect(tooWide(helpOf(name))).toEqual([]);
  });

  it.each(GROUPS.map((name) => [name]))('of the group %s lists its commands and no other', (group) => {
    const text = groupHelp(COMMANDS, group as string);
    const listed = [...text.matchAll(/^ {2}([\w-]+ \w+) /gm)].map(([, name]) => name);
    expect(listed).toEqual(COMMANDS.map(({ name }) => name).filter((name) => name.startsWith(`${group} `)));
    expect(tooWide(text)).toEqual([]);
  });

  it('says what goes in, with choices and defaults, of flags and of settings', () => {
    const words = (name: string) => helpOf(name).replaceAll(/\s+/g, ' ');
    expect(words('similar')).toContain('--limit N How many references. Default: 10.');
    expect(words('similar')).toContain('--index DIR Folder of the index.');
    expect(words('model add')).toContain('One of auto, fp32, fp16, int8-block, int8. Default: auto.');
    expect(words('serve')).toContain('--port N Port of the server; 0 takes a free one and prints it. Default: 8080.');
    expect(words('serve')).toContain('One of silent, error, warn, info, debug. Default: info.');
    expect(words('ingest')).toContain('--gpx FILE…');
  });

  it('says what a folder with failed photos gives', () => {
    expect(helpOf('ingest')).toMatch(/\n {2}0 +All photos were looked at\. Some may have failed/);
    expect(helpOf('ingest')).toMatch(/\n {2}1 +With --strict: a photo failed\./);
    expect(helpOf('locate')).toMatch(/\n {2}0 +All photos were looked at\. Some of several may have failed/);
  });
});
