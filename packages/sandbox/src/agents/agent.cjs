// Waits inside a sandbox for a job on descriptor 6, and becomes that program. Its words are those of job-message.ts.
const { closeSync, mkdirSync, readFileSync, writeFileSync, writeSync } = require('node:fs');
const Module = require('node:module');
const { dirname } = require('node:path');

/** Writing to stdout and stderr waits, as in other languages: Node otherwise loses at exit what a full pipe did not take. */
function waitForOutput() {
  for (const name of ['stdout', 'stderr']) {
    const original = Object.getOwnPropertyDescriptor(process, name);
    Object.defineProperty(process, name, {
      ...original,
      get() {
        const stream = original.get.call(process);
        stream._handle?.setBlocking?.(true);
        Object.defineProperty(process, name, original);
        return stream;
      },
    });
  }
}

function receive() {
  writeSync(7, 'R');
  closeSync(7);
  const data = readFileSync(6);
  closeSync(6);
  const job = { entry: '', args: [] };
  let path = '';
  for (let position = 0; position < data.length; ) {
    const lineEnd = data.indexOf(10, position);
    const [kind, size] = data.toString('latin1', position, lineEnd).split(' ');
    position = lineEnd + 1 + Number(size);
    const value = data.subarray(lineEnd + 1, position);
    if (kind === 'path') path = `/box/${value}`;
    else if (kind === 'arg') job.args.push(value.toString());
    else if (kind === 'entry') job.entry = `/box/${value}`;
    else if (kind === 'text') {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, value);
    }
  }
  return job;
}

/** Nobody waits yet: what makes JavaScript of TypeScript takes longer to load than most programs to run. */
function practise() {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  Module.stripTypeScriptTypes('let practice: number = 1;');
  process.emitWarning = emitWarning;
}

waitForOutput();
if (process.argv[2] !== 'awaited') practise();
const { entry, args } = receive();
delete require.cache[__filename];
process.argv = [process.execPath, entry, ...args];
Module.runMain();
