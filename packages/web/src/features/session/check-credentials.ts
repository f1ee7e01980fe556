/** What can be said of an e-mail and a password before the server is asked. */
import { limits } from '@coderoom/protocol';
import type { FormProblem } from '../layout/use-form.ts';

export function checkEmail(email: string): FormProblem | null {
  if (email.trim() === '') return { field: 'email', text: 'Enter your e-mail address.' };
  if (!/^[^\s@]+@[^\s@]+$/.test(email.trim())) {
    return { field: 'email', text: 'That is not an e-mail address: it looks like name@example.org.' };
  }
  return null;
}

export function checkTriedPassword(password: string, field = 'password'): FormProblem | null {
  return password === '' ? { field, text: 'Enter your password.' } : null;
}

/** Counted as the server does, in characters rather than UTF-16 units. */
export function checkNewPassword(password: string, field = 'password'): FormProblem | null {
  const length = [...password].length;
  if (length < limits.passwordMinLength) {
    return { field, text: `Use at least ${limits.passwordMinLength} characters.` };
  }
  if (length > limits.passwordMaxLength) {
    return { field, text: `Use at most ${limits.passwordMaxLength} characters.` };
  }
  return null;
}
