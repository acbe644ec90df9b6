import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fixture } from './fixtures.js';
import { eventually } from './references.js';
import { smallGazetteer } from './small-gazetteer.js';
import { temporaryFolder } from './temporary-folder.js';

/** The program with the tiny model in folders of its own. */
export class Installed {
  readonly folder = temporaryFolder();
  readonly index = join(this.folder, 'index');
  readonly #started: ChildProcess[] = [];

  constructor() {
    smallGazetteer(join(this.folder, 'data'));
    cpSync(fixture('tiny-clip'), join(this.folder, 'models', 'tiny'), { recursive: true });
  }

  run(...args: string[]) {
    return this.runIn({}, ...args);
  }

  /** `environment`: besides its own. */
  runIn(environment: Readonly<Record<string, string>>, ...args: string[]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['dist/cli/main.js', ...args], {
      encoding: 'utf8',
      env: { ...this.#environment(), ...environment },
    });
    return { status, stdout, stderr };
  }

  /** A command on the index that is not waited for. `environment`: besides its own. */
  spawn(environment: Readonly<Record<string, string>>, ...args: string[]): ChildProcess {
    const child = spawn(process.execPath, ['dist/cli/main.js', ...args, '--index', this.index], {
      env: { ...this.#environment(), ...environment },
      stdio: 'ignore',
    });
    this.#started.push(child);
    return child;
  }

  /** A server of the index, which is begun where there is none. `environment`: besides its own. */
  async serve(args: readonly string[] = [], environment: Readonly<Record<string, string>> = {}) {
    const child = spawn(
      process.execPath,
      ['dist/cli/main.js', 'serve', '--index', this.index, '--model', 'tiny', '--port', '0', ...args],
      { env: { ...this.#environment(), ...environment } },
    );
    this.#started.push(child);
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data) => {
        said += data;
      });
    }
    const ended = new Promise<string>((resolve) => {
      child.once('close', (code, signal) => resolve(signal ?? `code ${code}`));
    });
    const url = () => /answers at (http:\/\/\S+)/.exec(said)?.[1];
    await eventually(() => url() !== undefined || child.exitCode !== null, 60_000);
    return { child, ended, url: url() ?? `no server: ${said}`, said: () => said };
  }

  /** Ends what was started and still runs. */
  async end(): Promise<void> {
    for (const child of this.#started) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const closed = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGKILL');
      await closed;
    }
  }

  #environment() {
    return {
      ...process.env,
      STREETDEX_MODELS_DIR: join(this.folder, 'models'),
      STREETDEX_DATA_DIR: join(this.folder, 'data'),
      STREETDEX_THREADS: '1',
    };
  }
}
