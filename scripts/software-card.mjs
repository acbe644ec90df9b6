// SwiftShader, a graphics driver that computes on the processor, as Chromium's packages have it: so that what runs on a card
// can be tested where there is none.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const FOLDERS = ['/usr/lib/chromium', '/usr/lib64/chromium-browser', '/opt/google/chrome'];

/** The variables that make it the only driver for a process, or null where there is none. */
export function softwareCard() {
  const folder = FOLDERS.find((one) => existsSync(join(one, 'vk_swiftshader_icd.json')));
  if (folder === undefined) return null;
  const libraries = [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':');
  // The loader of Vulkan lies there too.
  return { VK_DRIVER_FILES: join(folder, 'vk_swiftshader_icd.json'), LD_LIBRARY_PATH: libraries };
}
