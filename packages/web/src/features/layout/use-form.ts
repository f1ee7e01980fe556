/** Sending a form: busy while it is on its way, and all that is wrong said at the fields that it is about. */
import type { ErrorCode } from '@coderoom/protocol';
import { type FormEvent, type SubmitEvent, useRef, useState } from 'react';
import { ApiProblem } from '../../api.ts';

export interface FormProblem {
  /** The input's name; null when it is about none. */
  field: string | null;
  text: string;
}

export interface FormOptions {
  /** What is wrong before anything is sent, in the order of the fields; null where nothing is. */
  check?: () => readonly (FormProblem | null)[];
  send: () => Promise<void>;
  /** Where a refusal belongs, and in which words if not the server's. */
  refusals?: Partial<Record<ErrorCode, { field: string; text?: string }>>;
}

export interface Form {
  isBusy: boolean;
  /** What is wrong with a field, or with `null`: the form. */
  problemOf(field: string | null): string | undefined;
  submit(event: SubmitEvent<HTMLFormElement>): void;
  /** A field was changed: what was said of it may no longer hold. */
  clear(event: FormEvent<HTMLFormElement>): void;
}

export function useForm({ check, send, refusals = {} }: FormOptions): Form {
  const [isBusy, setBusy] = useState(false);
  const [problems, setProblems] = useState<readonly FormProblem[]>([]);
  /** What the server refused may be about more than the field at which it is said. */
  const [isRefused, setRefused] = useState(false);
  // Not the state, which a second press in the same moment would not see.
  const isSending = useRef(false);

  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (isSending.current) return;
    const form = event.currentTarget;
    const show = (found: readonly FormProblem[]) => {
      setProblems(found);
      const field = form.elements.namedItem(found[0]?.field ?? '');
      if (field instanceof HTMLElement) field.focus();
    };
    const found = (check?.() ?? []).filter((problem) => problem !== null);
    setRefused(false);
    show(found);
    if (found.length > 0) return;
    isSending.current = true;
    setBusy(true);
    try {
      await send();
    } catch (error) {
      setRefused(true);
      show([problemOf(error, form, refusals)]);
    } finally {
      isSending.current = false;
      setBusy(false);
    }
  };
  return {
    isBusy,
    problemOf: (field) => problems.find((problem) => problem.field === field)?.text,
    submit: (event) => void submit(event),
    clear({ target }) {
      const changed = target instanceof HTMLElement ? target.getAttribute('name') : null;
      setProblems(isRefused ? [] : problems.filter(({ field }) => field !== changed));
    },
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
