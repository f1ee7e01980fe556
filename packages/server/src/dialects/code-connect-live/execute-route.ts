import { limits, ProblemError, type RunResult } from '@coderoom/protocol';
import { hangUpOf } from '../../gateway/hang-up.ts';
import type { Http } from '../../gateway/http.ts';
import type { RunService } from '../../runs/service.ts';
import { readBody } from '../fastapi.ts';
import { always, common, fault, refused, withBody } from './answers.ts';
import { Execute, Executed } from './shapes.ts';
import { templateOf } from './templates.ts';

const executeTimeoutMs = limits.runWallMaxMs + limits.httpHandlerTimeoutMs;

/** Running code, as the first generation of clients asks for it. */
export function registerExecuteRoute(http: Http, runs: Pick<RunService, 'runOnce'>): void {
  http.post(
    '/v1/execute',
    {
      config: { rate: 'runs' },
      handlerTimeout: executeTimeoutMs,
      schema: {
        ...common,
        operationId: 'cclExecute',
        summary: 'Run a program in the sandbox; one that fails is answered with 200, too',
        body: Execute,
        response: {
          200: Executed,
          400: refused('no language of Code Connect Live'),
          409: refused('the language is not installed'),
          503: refused('this server does not run code'),
          ...withBody,
          ...always,
        },
      },
    },
    async (request, reply) => {
      const { code, language } = readBody(request, Execute);
      if (templateOf(language) === undefined) throw fault(400, `Unsupported language: ${language}`);
      const result = await runs.runOnce(request.address, { language, source: code }, hangUpOf(reply));
      return {
        success: result.status === 'ok',
        output: result.stdout,
        error: result.status === 'ok' ? null : reasonOf(result),
        executionTime: result.wallMs,
      };
    },
  );
}

/** What went wrong, as the program or its compiler says it, and else in a sentence. */
function reasonOf({ status, compileOutput, stderr, exitCode, signal }: RunResult): string {
  const told = `${compileOutput}${stderr}`.trim();
  switch (status) {
    case 'timeout':
      return 'Execution timed out';
    case 'memory':
      return 'The program used more memory than it may';
    case 'output':
      return 'The program printed more than it may';
    case 'internal':
      throw new ProblemError('internal');
    case 'ok':
    case 'error':
    case 'cancelled':
      return (
        told || (signal === null ? `The program ended with exit code ${exitCode}` : `The program ended by ${signal}`)
      );
    default:
      return status satisfies never;
  }
}
