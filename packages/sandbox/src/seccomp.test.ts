import { describe, expect, it } from 'vitest';
import { auditArchitecture, bpf, errorNumber, seccompAnswer, seccompFilter } from './seccomp.ts';
import { type Architecture, inspectedCalls, missingCalls, refusedCalls } from './system-calls.ts';

interface Call {
  architecture: number;
  number: number;
  arguments?: number[];
}

/** What the kernel would do with the filter: a classic BPF machine of the five instructions that it may hold. */
function interpret(filter: Uint8Array, call: Call): number {
  const program = Buffer.from(filter);
  const data = Buffer.alloc(64);
  data.writeUInt32LE(call.number, 0);
  data.writeUInt32LE(call.architecture, 4);
  (call.arguments ?? []).forEach((argument, index) => {
    data.writeBigUInt64LE(BigInt.asUintN(64, BigInt(argument)), 16 + index * 8);
  });
  let accumulator = 0;
  for (let at = 0; at < program.length; at += 8) {
    const operand = program.readUInt32LE(at + 4);
    const jump = (holds: boolean) => {
      at += 8 * program.readUInt8(at + (holds ? 2 : 3));
    };
    const code = program.readUInt16LE(at);
    if (code === bpf.return) return operand;
    if (code === bpf.loadWord) accumulator = data.readUInt32LE(operand);
    else if (code === bpf.jumpEqual) jump(accumulator === operand);
    else if (code === bpf.jumpAtLeast) jump(accumulator >= operand);
    else if (code === bpf.jumpAnySet) jump((accumulator & operand) !== 0);
    else throw new Error(`unknown instruction ${code}`);
  }
  throw new Error('the filter ran off its end');
}

const { EPERM, ENOSYS, EAFNOSUPPORT } = errorNumber;
const readCall = { x64: 0, arm64: 63 };
const CLONE_NEWUSER = 0x10000000;
/** What pthread_create passes: VM, FS, FILES, SIGHAND, THREAD, SYSVSEM, SETTLS, PARENT_SETTID, CHILD_CLEARTID. */
const threadFlags = 0x003d0f00;

describe.each<Architecture>(['x64', 'arm64'])('EXEC-12 the filter of %s', (name) => {
  const filter = seccompFilter(name);
  const ask = (number: number, ...args: number[]) =>
    interpret(filter, { architecture: auditArchitecture[name], number, arguments: args });

  it('refuses each dangerous call with EPERM', () => {
    for (const [call, numbers] of Object.entries(refusedCalls)) {
      const number = numbers[name];
      if (number !== null) expect(ask(number), call).toBe(seccompAnswer.errno(EPERM));
    }
    expect(ask(refusedCalls.ptrace[name])).toBe(seccompAnswer.errno(EPERM));
  });

  it('says that clone3 and io_uring do not exist', () => {
    for (const [call, numbers] of Object.entries(missingCalls)) {
      expect(ask(numbers[name]), call).toBe(seccompAnswer.errno(ENOSYS));
    }
  });

  it('lets clone make threads and processes, but no namespaces', () => {
    expect(ask(inspectedCalls.clone[name], threadFlags)).toBe(seccompAnswer.allow);
    expect(ask(inspectedCalls.clone[name], 17)).toBe(seccompAnswer.allow);
    for (let bit = 17; bit < 31; bit += 1) {
      const flag = 2 ** bit;
      const expected = (flag & 0x7e020000) !== 0 ? seccompAnswer.errno(EPERM) : seccompAnswer.allow;
      expect(ask(inspectedCalls.clone[name], flag), `bit ${bit}`).toBe(expected);
    }
    expect(ask(inspectedCalls.clone[name], CLONE_NEWUSER | 17)).toBe(seccompAnswer.errno(EPERM));
  });

  it('gives out sockets of the three ordinary families only', () => {
    for (let family = 0; family < 46; family += 1) {
      const expected = [1, 2, 10].includes(family) ? seccompAnswer.allow : seccompAnswer.errno(EAFNOSUPPORT);
      expect(ask(inspectedCalls.socket[name], family), `family ${family}`).toBe(expected);
    }
  });

  it('refuses to type into terminals, and to change what they are', () => {
    const TIOCGWINSZ = 0x5413;
    expect(ask(inspectedCalls.ioctl[name], 0, 0x5412)).toBe(seccompAnswer.errno(EPERM));
    expect(ask(inspectedCalls.ioctl[name], 0, 0x541c)).toBe(seccompAnswer.errno(EPERM));
    expect(ask(inspectedCalls.ioctl[name], 0, 0x5423)).toBe(seccompAnswer.errno(EPERM));
    expect(ask(inspectedCalls.ioctl[name], 0, TIOCGWINSZ)).toBe(seccompAnswer.allow);
  });

  it('kills a process that comes with another architecture’s calls', () => {
    const i386 = 0x40000003;
    for (const architecture of [i386, 0, name === 'x64' ? auditArchitecture.arm64 : auditArchitecture.x64]) {
      expect(interpret(filter, { architecture, number: readCall[name] })).toBe(seccompAnswer.killProcess);
    }
  });

  it('allows reading', () => {
    expect(ask(readCall[name])).toBe(seccompAnswer.allow);
  });
});

it('EXEC-12 kills x32 calls, which would carry other numbers', () => {
  const ask = (number: number) =>
    interpret(seccompFilter('x64'), { architecture: auditArchitecture.x64, number: 0x40000000 + number });
  expect(ask(0)).toBe(seccompAnswer.killProcess);
  expect(ask(refusedCalls.ptrace.x64)).toBe(seccompAnswer.killProcess);
  expect(ask(521)).toBe(seccompAnswer.killProcess);
});
