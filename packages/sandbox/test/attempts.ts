import type { RunResult } from '@coderoom/protocol';
import type { SandboxJob } from '../src/sandbox.ts';

/** A program that means ill, and what must come of it. */
export interface HostileCase {
  rule: string;
  name: string;
  language?: 'python' | 'javascript' | 'c';
  program: string;
  job?: Partial<SandboxJob>;
  expect: Partial<RunResult>;
  check?(result: RunResult): void;
}

/** Python that says under which name each attempt failed: `attempt(name, call)` and, at the end, one line of JSON. */
export const attempts = `
import ctypes, errno, json, os, socket, sys
outcome = {}
def attempt(name, call):
    try:
        call()
        outcome[name] = 'done'
    except OSError as error:
        outcome[name] = errno.errorcode.get(error.errno, str(error.errno))
    except ValueError:
        outcome[name] = 'EINVAL'
libc = ctypes.CDLL(None, use_errno=True)
def syscall(number, *args):
    result = libc.syscall(number, *args)
    if result == -1:
        raise OSError(ctypes.get_errno(), '')
    return result
def report():
    print(json.dumps(outcome))
`;

/** What a program that ends with `report()` told. */
export const outcomes = (result: RunResult): Record<string, string> => JSON.parse(result.stdout);

export const seconds = (n: number) => n * 1_000;
export const mebibytes = (n: number) => n * 2 ** 20;
