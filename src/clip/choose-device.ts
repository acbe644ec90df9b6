import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { platform } from 'node:os';
import { promisify } from 'node:util';
import type { Device, Provider } from '../config/devices.js';
import { workerFile } from '../config/package-root.js';
import type { DeviceTrial } from './device-trial.js';
import { FLOAT_PRECISIONS } from './model-folder.js';
import { runtimeReason } from './runtime-reason.js';

/** The provider that reaches the cards of every maker, and comes with onnxruntime-node. */
const CARD_PROVIDER: Provider = 'webgpu';
/** A device that takes this many times as long as the processor is a driver that computes on the processor. */
const SOFTWARE_TIMES = 5;
const DIFFERENCE_MAX = 1e-3;
const TRIAL_MS_MAX = 60_000;

export interface ChosenDevice {
  readonly provider: 'cpu' | Provider;
  /** A sentence: the device and why. Null where the user named it. */
  readonly because: string | null;
}

/** How cards are searched for; replaced in tests. */
export interface CardSearch {
  /** False where there can be no card. */
  readonly mayHaveCard: () => boolean;
  readonly trial: (provider: string) => Promise<DeviceTrial>;
}

/**
 * Chooses the encoder's device. A provider's name and `cpu` are taken as they are. `gpu` is a graphics card that computes
 * correctly, if there is one; `auto` one that is also faster than the processor. Neither takes a driver without a card.
 */
export async function chooseDevice(
  asked: Device,
  precision: string,
  search: CardSearch = { mayHaveCard, trial: tryDevice },
): Promise<ChosenDevice> {
  if (asked !== 'auto' && asked !== 'gpu') return { provider: asked, because: null };
  const processor = (why: string): ChosenDevice => ({
    provider: 'cpu',
    because: `The model runs on the processor: ${why}`,
  });
  if (!search.mayHaveCard()) return processor(`no graphics card can be seen here${whereLooked()}.`);
  // Cards have no kernels for int8 products.
  if (!FLOAT_PRECISIONS.has(precision)) {
    return processor(
      `the model's weights are ${precision}, which a graphics card does not take; add it again with --precision fp16 for a card.`,
    );
  }
  const found = await search.trial(CARD_PROVIDER).catch((error: Error) => error.message);
  if (typeof found === 'string') return processor(`no graphics card can be used here (${CARD_PROVIDER}: ${found}).`);
  const { deviceMs, processorMs, difference } = found;
  const times = (ratio: number) => (ratio < 10 ? ratio.toFixed(1) : Math.round(ratio).toString());
  if (!(difference <= DIFFERENCE_MAX)) {
    return processor(
      `the graphics card computes wrongly (a product of two matrices is off by ${(100 * difference).toFixed(1)} %); a newer driver may mend it.`,
    );
  }
  if (deviceMs > SOFTWARE_TIMES * processorMs) {
    return processor(
      `${CARD_PROVIDER} takes ${times(deviceMs / processorMs)} times as long here, as a driver without a card does; it is used only when asked for by name, --device ${CARD_PROVIDER}.`,
    );
  }
  if (asked === 'auto' && deviceMs > processorMs) {
    return processor(
      `the graphics card takes ${times(deviceMs / processorMs)} times as long here; --device gpu takes it all the same.`,
    );
  }
  return {
    provider: CARD_PROVIDER,
    because: `The model runs on the graphics card (${CARD_PROVIDER}), ${times(processorMs / deviceMs)} times as fast as the processor in a product of two matrices.`,
  };
}

/** Multiplies two matrices on the provider in a process of its own. @throws with the last line of its error */
async function tryDevice(provider: string): Promise<DeviceTrial> {
  const file = workerFile('clip/device-trial');
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [file, provider], {
      timeout: TRIAL_MS_MAX,
    });
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as DeviceTrial;
  } catch (error) {
    const { signal, stderr } = error as { signal?: string | null; stderr?: string };
    if (signal) throw new Error(`a first product ended with ${signal}`, { cause: error });
    throw new Error(reasonIn(stderr ?? '') ?? 'a first product ended without a word', { cause: error });
  }
}

/** The line with the error in the output of a driver and Node. */
function reasonIn(stderr: string): string | undefined {
  const lines = stderr.split('\n');
  const line = lines.find((one) => /^\w*Error: /.test(one)) ?? lines.find((one) => one.startsWith('Warning: '));
  return line === undefined ? undefined : runtimeReason(line);
}

/** On Linux a card has a file; on other systems the trial alone tells. */
function mayHaveCard(): boolean {
  return platform() !== 'linux' || linuxCards().length > 0;
}

function linuxCards(): string[] {
  const names = (folder: string) => {
    try {
      return readdirSync(folder);
    } catch {
      return [];
    }
  };
  return [
    ...names('/dev/dri').filter((name) => name.startsWith('renderD')),
    ...names('/dev').filter((name) => /^(nvidia\d+|dxg)$/.test(name)),
  ];
}

const whereLooked = () => (platform() === 'linux' ? ' (no /dev/dri/renderD*, /dev/nvidia* or /dev/dxg)' : '');
