import { type Architecture, inspectedCalls, missingCalls, refusedCalls, type SystemCall } from './system-calls.ts';

/** Instruction codes of classic BPF (linux/bpf_common.h); only the few that the filter uses. */
export const bpf = { loadWord: 0x20, jumpEqual: 0x15, jumpAtLeast: 0x35, jumpAnySet: 0x45, return: 0x06 } as const;

/** What a filter answers (linux/seccomp.h). */
export const seccompAnswer = {
  allow: 0x7fff0000,
  killProcess: 0x80000000,
  errno: (number: number) => 0x00050000 | number,
} as const;

/** Linux error numbers; the same on both architectures. */
export const errorNumber = { EPERM: 1, ENOSYS: 38, EAFNOSUPPORT: 97 } as const;

/** AUDIT_ARCH_* of linux/audit.h. */
export const auditArchitecture = { x64: 0xc000003e, arm64: 0xc00000b7 } as const satisfies Record<Architecture, number>;

/** Offsets into struct seccomp_data; arguments are 64 bits wide, the low word first on both architectures. */
const offset = { call: 0, architecture: 4, argument0: 16, argument1: 24 } as const;

/** x32 calls carry this bit under the x86-64 architecture and would slip past every number below. */
const x32Bit = 0x40000000;

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET. */
const newNamespaceFlags = 0x7e020000;

/** AF_UNIX, AF_INET and AF_INET6. */
const socketFamilies = [1, 2, 10];

/**
 * TIOCSTI types into the terminal of whoever looks on; TIOCLINUX does so on a console; TIOCSETD gives a terminal of one's
 * own to old protocols in the kernel, which it loads for that.
 */
const refusedOfTerminals = [0x5412, 0x541c, 0x5423];

interface Instruction {
  code: number;
  /** How many instructions to skip when the test holds. */
  ifTrue: number;
  ifFalse: number;
  operand: number;
}

/**
 * The seccomp filter of every sandbox as a classic BPF program, ready for `bwrap --seccomp`. It narrows what
 * namespaces and the missing privileges already forbid; it is not the wall itself.
 */
export function seccompFilter(architecture: Architecture): Uint8Array {
  const { EPERM, ENOSYS, EAFNOSUPPORT } = errorNumber;
  return encode([
    load(offset.architecture),
    ...unless(bpf.jumpEqual, auditArchitecture[architecture], seccompAnswer.killProcess),
    load(offset.call),
    ...(architecture === 'x64' ? when(bpf.jumpAtLeast, [x32Bit], seccompAnswer.killProcess) : []),
    ...when(bpf.jumpEqual, numbers(refusedCalls, architecture), seccompAnswer.errno(EPERM)),
    ...when(bpf.jumpEqual, numbers(missingCalls, architecture), seccompAnswer.errno(ENOSYS)),
    ...onCall(inspectedCalls.clone[architecture], [
      load(offset.argument0),
      ...when(bpf.jumpAnySet, [newNamespaceFlags], seccompAnswer.errno(EPERM)),
      answer(seccompAnswer.allow),
    ]),
    ...onCall(inspectedCalls.socket[architecture], [
      load(offset.argument0),
      ...when(bpf.jumpEqual, socketFamilies, seccompAnswer.allow),
      answer(seccompAnswer.errno(EAFNOSUPPORT)),
    ]),
    ...onCall(inspectedCalls.ioctl[architecture], [
      load(offset.argument1),
      ...when(bpf.jumpEqual, refusedOfTerminals, seccompAnswer.errno(EPERM)),
      answer(seccompAnswer.allow),
    ]),
    answer(seccompAnswer.allow),
  ]);
}

function numbers(calls: Record<string, SystemCall>, architecture: Architecture): number[] {
  return Object.values(calls)
    .map((call) => call[architecture])
    .filter((number) => number !== null);
}

function load(at: number): Instruction {
  return { code: bpf.loadWord, ifTrue: 0, ifFalse: 0, operand: at };
}

function answer(value: number): Instruction {
  return { code: bpf.return, ifTrue: 0, ifFalse: 0, operand: value };
}

/** Answers `value` when the loaded word passes one of the tests, and goes on otherwise. */
function when(test: number, operands: readonly number[], value: number): Instruction[] {
  const tests = operands.map((operand, index) => ({
    code: test,
    ifTrue: operands.length - 1 - index,
    ifFalse: index === operands.length - 1 ? 1 : 0,
    operand,
  }));
  return [...tests, answer(value)];
}

/** Answers `value` when the loaded word fails the test, and goes on otherwise. */
function unless(test: number, operand: number, value: number): Instruction[] {
  return [{ code: test, ifTrue: 1, ifFalse: 0, operand }, answer(value)];
}

/** Runs `body`, which must end with an answer, only for one system call. */
function onCall(number: number, body: readonly Instruction[]): Instruction[] {
  return [{ code: bpf.jumpEqual, ifTrue: 0, ifFalse: body.length, operand: number }, ...body];
}

/** struct sock_filter: u16 code, u8 jt, u8 jf, u32 k. Both architectures are little-endian. */
function encode(instructions: readonly Instruction[]): Uint8Array {
  const bytes = Buffer.alloc(instructions.length * 8);
  instructions.forEach(({ code, ifTrue, ifFalse, operand }, index) => {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(ifTrue, index * 8 + 2);
    bytes.writeUInt8(ifFalse, index * 8 + 3);
    bytes.writeUInt32LE(operand >>> 0, index * 8 + 4);
  });
  return bytes;
}
