/** Sending a form: busy while it is on its way, and what was refused said at the field it is about. */
import type { ErrorCode } from '@coderoom/protocol';
import { type SubmitEvent, useRef, useState } from 'react';
import { ApiProblem } from '../../api.ts';

export interface FormProblem {
  /** The input's name; null when it is about none. */
  field: string | null;
  text: string;
}

export interface FormOptions {
  /** What is wrong before anything is sent; null when nothing is. */
  check?: () => FormProblem | null;
  send: () => Promise<void>;
  /** Where a refusal belongs, and in which words if not the server's. */
  refusals?: Partial<Record<ErrorCode, { field: string; text?: string }>>;
}

export interface Form {
  isBusy: boolean;
  /** What is wrong with a field, or with `null`: the form. */
  problemOf(field: string | null): string | undefined;
  submit(event: SubmitEvent<HTMLFormElement>): void;
  /** Something was changed: what was said of it may no longer hold. */
  clear(): void;
}

export function useForm({ check, send, refusals = {} }: FormOptions): Form {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<FormProblem | null>(null);
  // Not the state, which a second press in the same moment would not see.
  const isSending = useRef(false);

  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (isSending.current) return;
    const form = event.currentTarget;
    const refuse = (found: FormProblem) => {
      setProblem(found);
      const field = form.elements.namedItem(found.field ?? '');
      if (field instanceof HTMLElement) field.focus();
    };
    const found = check?.() ?? null;
    if (found !== null) {
      refuse(found);
      return;
    }
    isSending.current = true;
    setBusy(true);
    setProblem(null);
    try {
      await send();
    } catch (error) {
      refuse(problemOf(error, form, refusals));
    } finally {
      isSending.current = false;
      setBusy(false);
    }
  };
  return {
    isBusy,
    problemOf: (field) => (problem !== null && problem.field === field ? problem.text : undefined),
    submit: (event) => void submit(event),
    clear: () => setProblem(null),
  };
}

function problemOf(error: unknown, form: HTMLFormElement, refusals: FormOptions['refusals'] = {}): FormProblem {
  if (!(error instanceof ApiProblem)) return { field: null, text: 'Something unexpected happened. Try again.' };
  const known = error.code === 'unreachable' ? undefined : refusals[error.code];
  if (known !== undefined) return { field: known.field, text: known.text ?? error.message };
  if (error.code === 'rate_limited' && error.retryAfterSeconds !== undefined) {
    return { field: null, text: `Too many attempts. Try again ${waitOf(error.retryAfterSeconds)}.` };
  }
  // The server begins with the field that is not as it should be.
  const first = error.code === 'invalid_request' ? (error.message.split(' ')[0] ?? '') : '';
  const isField = first !== '' && form.elements.namedItem(first) !== null;
  return { field: isField ? first : null, text: error.message };
}

function waitOf(seconds: number): string {
  if (seconds < 60) return `in ${Math.max(1, Math.ceil(seconds))} seconds`;
  const minutes = Math.ceil(seconds / 60);
  return minutes === 1 ? 'in a minute' : `in ${minutes} minutes`;
}
