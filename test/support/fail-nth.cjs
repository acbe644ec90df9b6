// Preloaded (node --require) into a process and its threads: lets the nth call of node:fs that changes a file fail. What
// native code writes by itself (SQLite, hnswlib) is out of its reach.
//   FAULT_FOLDER  calls outside it are left alone
//   FAULT_COUNT   a file that grows by a byte with each call, of all threads; no call fails where it is not set
//   FAULT_AT      which call fails, from 1
//   FAULT_CODE    ENOSPC, EIO, …; `short` writes half and then says ENOSPC; `killed` ends the process by SIGKILL after the call
const fs = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');

const real = { openSync: fs.openSync, writeSync: fs.writeSync, fstatSync: fs.fstatSync, closeSync: fs.closeSync };
const paths = new Map();

function isOurs(path) {
  const folder = process.env.FAULT_FOLDER;
  return process.env.FAULT_COUNT !== undefined && folder !== undefined && String(path).startsWith(folder);
}

/** Whether this is the call that is to fail. */
function isDue() {
  const handle = real.openSync(process.env.FAULT_COUNT, 'a');
  try {
    real.writeSync(handle, '.');
    return real.fstatSync(handle).size === Number(process.env.FAULT_AT);
  } finally {
    real.closeSync(handle);
  }
}

function error(call, path) {
  const code = process.env.FAULT_CODE === 'short' ? 'ENOSPC' : process.env.FAULT_CODE;
  return Object.assign(new Error(`${code}: planted, ${call} '${path}'`), { code, syscall: call, path });
}

/** `change(args, path)` fails in the place of `call`; `args` may be cut short first. */
function guard(call, pathOf, work, cut) {
  return (...args) => {
    const path = pathOf(args);
    if (path === undefined || !isOurs(path) || !isDue()) return work(...args);
    if (process.env.FAULT_CODE === 'killed') {
      work(...args);
      process.kill(process.pid, 'SIGKILL');
    }
    if (process.env.FAULT_CODE === 'short' && cut !== undefined) work(...cut(args));
    throw error(call, path);
  };
}

const half = (data) => (typeof data === 'string' || ArrayBuffer.isView(data) ? data.slice(0, data.length >> 1) : data);
const isWriting = (flags) => typeof flags === 'string' && /[wa+]/.test(flags);
const byHandle = ([handle]) => paths.get(handle);
const first = ([path]) => path;

const open = fs.openSync;
fs.openSync = (path, flags, mode) => {
  const guarded = guard('open', ([, f]) => (isWriting(f) ? path : undefined), open);
  const handle = guarded(path, flags, mode);
  if (isWriting(flags) || flags === 'r') paths.set(handle, String(path));
  return handle;
};
for (const [name, pathOf, cut] of [
  ['writeSync', byHandle, ([handle, data]) => [handle, half(data)]],
  ['fsyncSync', byHandle],
  ['renameSync', first],
  ['unlinkSync', first],
  ['rmSync', first],
  ['mkdirSync', first],
  ['copyFileSync', ([, to]) => to],
  ['cpSync', ([, to]) => to],
  [
    'writeFileSync',
    ([file]) => (typeof file === 'number' ? paths.get(file) : file),
    ([file, data]) => [file, half(data)],
  ],
]) {
  fs[name] = guard(name.replace('Sync', ''), pathOf, fs[name], cut);
}
for (const name of ['rename', 'rm', 'unlink', 'mkdir', 'copyFile', 'cp', 'writeFile']) {
  const work = fs.promises[name];
  const guarded = guard(name, name === 'copyFile' || name === 'cp' ? ([, to]) => to : first, work);
  fs.promises[name] = async (...args) => guarded(...args);
}
const openLater = fs.promises.open;
fs.promises.open = async (path, flags, mode) => {
  const handle = await guard('open', ([, f]) => (isWriting(f) ? path : undefined), openLater)(path, flags, mode);
  for (const name of ['write', 'writeFile', 'sync']) {
    const work = handle[name].bind(handle);
    const guarded = guard(
      name,
      () => path,
      work,
      ([data]) => [half(data)],
    );
    handle[name] = async (...args) => guarded(...args);
  }
  return handle;
};
syncBuiltinESMExports();
