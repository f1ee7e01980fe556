// Runs a program as CodeInterview's clients expect it: errors and warnings that it logs are marked in its output, and so is
// what it throws; what is no program at all follows on the other stream, after a line that only we know.
const { inspect } = require('node:util');

const marker = '@marker@';
const program = '@program@';

const show = (value) => {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null || value instanceof Error) return inspectPlain(value);
  try {
    return JSON.stringify(value, null, 2) ?? inspectPlain(value);
  } catch {
    return inspectPlain(value);
  }
};
const inspectPlain = (value) => (value instanceof Error ? `${value.name}: ${value.message}` : inspect(value));
const print =
  (prefix) =>
  (...values) =>
    void process.stdout.write(`${prefix}${values.map(show).join(' ')}\n`);

Object.assign(console, {
  log: print(''),
  info: print(''),
  debug: print(''),
  error: print('Error: '),
  warn: print('Warning: '),
});
process.emitWarning = () => {};

const tellThrown = (thrown) => print('Error: ')(thrown instanceof Error ? thrown.message : thrown);
process.on('uncaughtException', (thrown) => {
  tellThrown(thrown);
  process.exit(0);
});

/** Node shows the place before the message of what it cannot read. */
const isUnreadable = (thrown) =>
  thrown instanceof SyntaxError && !/^\s+at .*[/\\]program\./m.test(String(thrown.stack));

try {
  require(program);
} catch (thrown) {
  if (isUnreadable(thrown)) process.stderr.write(`\n${marker}\nSyntaxError: ${thrown.message}`);
  else tellThrown(thrown);
}
