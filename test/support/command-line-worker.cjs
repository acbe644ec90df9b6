// Keeps a process of the command line for a thread that waits: what the process writes is gathered up to a mark on each stream.
// Every order is answered, also when the process has died.
const { fork } = require('node:child_process');
const { join } = require('node:path');
const { workerData } = require('node:worker_threads');

const { port, done } = workerData;
const END = '\u0000end\u0000';
const program = fork(join(__dirname, 'command-line-process.mjs'), { silent: true, execArgv: [] });
const said = { stdout: '', stderr: '' };
let status = null;
let died = null;
let asked = false;

port.on('message', (order) => {
  asked = true;
  if (died === null) program.send({ ...order, end: END }, () => undefined);
  else answer({ died, ...said });
});

for (const name of ['stdout', 'stderr']) {
  program[name].setEncoding('utf8').on('data', (text) => {
    said[name] += text;
    answerAtTheEnd();
  });
}
program.on('message', (code) => {
  status = code;
  answerAtTheEnd();
});
program.once('close', (code, signal) => {
  died = String(signal ?? code);
  if (asked) answer({ died, ...said });
});

function answerAtTheEnd() {
  if (status === null || !said.stdout.endsWith(END) || !said.stderr.endsWith(END)) return;
  const [stdout, stderr] = [said.stdout, said.stderr].map((text) => text.slice(0, -END.length));
  const ended = { status, stdout, stderr };
  Object.assign(said, { stdout: '', stderr: '' });
  status = null;
  answer(ended);
}

function answer(message) {
  asked = false;
  port.postMessage(message);
  Atomics.store(done, 0, 1);
  Atomics.notify(done, 0);
}
