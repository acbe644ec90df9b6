import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { describeSettings } from '../../../src/config/describe-settings.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

function configFile(content: string): string {
  const file = join(temporaryFolder(), 'config.json');
  writeFileSync(file, content);
  return file;
}

describe('loadConfig', () => {
  it('takes a flag before a variable before the file before the default', () => {
    const config = configFile('{"port": 1001, "host": "127.0.0.2", "threads": 3, "queue_max": 7}');
    const loaded = loadConfig(
      { config, port: '1003' },
      { STREETDEX_PORT: '1002', STREETDEX_HOST: '127.0.0.3', STREETDEX_THREADS: '' },
    );
    expect(loaded).toMatchObject({ port: 1003, host: '127.0.0.3', threads: 3, queue_max: 7, k_max: 1000 });
  });

  it('takes the file that STREETDEX_CONFIG names', () => {
    expect(loadConfig({}, { STREETDEX_CONFIG: configFile('{"port": 4242}') }).port).toBe(4242);
  });

  it('takes the hub and its token from the variables that everyone knows, ours first', () => {
    const shared = { HF_ENDPOINT: 'https://mirror.example', HF_TOKEN: 'hf_a' };
    expect(loadConfig({}, shared)).toMatchObject({ hub_endpoint: 'https://mirror.example', hub_token: 'hf_a' });
    expect(loadConfig({}, { ...shared, STREETDEX_HUB_TOKEN: 'hf_b', HF_ENDPOINT: '' })).toMatchObject({
      hub_endpoint: 'https://huggingface.co',
      hub_token: 'hf_b',
    });
  });

  it('is frozen', () => {
    expect(Object.isFrozen(loadConfig({}, {}))).toBe(true);
  });

  it('splits lists at commas in variables and takes arrays from the file', () => {
    expect(loadConfig({}, { STREETDEX_ALLOWED_HOSTS: 'a.example, b.example:8443' }).allowed_hosts).toEqual([
      'a.example',
      'b.example:8443',
    ]);
    expect(loadConfig({ config: configFile('{"allowed_hosts": ["c.example"]}') }, {}).allowed_hosts).toEqual([
      'c.example',
    ]);
  });

  it.each([
    ['a flag', { port: 'eighty' }, {}, /port from the flag --port/],
    ['a variable', {}, { STREETDEX_PORT: '70000' }, /port from the variable STREETDEX_PORT/],
    ['a misspelt variable', {}, { STREETDEX_PROT: '80' }, /STREETDEX_PROT/],
  ])('says which value is wrong and where it came from: %s', (_name, flags, environment, message) => {
    expect(() => loadConfig(flags, environment)).toThrow(
      expect.objectContaining({ code: 'config_invalid', message: expect.stringMatching(message) }),
    );
  });

  it('says so for an unknown key of the file, a file that is no JSON and a file that is missing', () => {
    expect(() => loadConfig({ config: configFile('{"prot": 80}') }, {})).toThrow(/prot from the config file/);
    expect(() => loadConfig({ config: configFile('port: 80') }, {})).toThrow(
      expect.objectContaining({ code: 'config_invalid' }),
    );
    expect(() => loadConfig({ config: '/nowhere/at/all.json' }, {})).toThrow(
      expect.objectContaining({ code: 'config_not_found' }),
    );
  });
});

it('docs/configuration.md is what the schema says', () => {
  expect(readFileSync('docs/configuration.md', 'utf8')).toBe(describeSettings());
});
