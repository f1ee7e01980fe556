/** A labelled input with a hint and, beneath it, what is wrong with what was entered. */
import { type InputHTMLAttributes, type ReactNode, useId, useState } from 'react';

export interface FieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, 'id'> {
  label: string;
  name: string;
  hint?: ReactNode;
  /** What is wrong, in words. */
  problem?: string | undefined;
  /** Stands within the field, at its end. */
  end?: ReactNode;
}

export function Field({ label, hint, problem, end, className = '', ...input }: FieldProps) {
  const id = useId();
  return (
    <div className="form-field">
      <label htmlFor={id}>{label}</label>
      <span className="form-input">
        <input
          id={id}
          className={`field ${className}`}
          aria-invalid={problem !== undefined}
          aria-describedby={describedBy(id, { hint: hint !== undefined, problem: problem !== undefined })}
          data-autofocus={input.autoFocus}
          {...input}
        />
        {end}
      </span>
      <FieldNotes id={id} hint={hint} problem={problem} />
    </div>
  );
}

/** A password that can be looked at while it is typed. */
export function PasswordField(props: Omit<FieldProps, 'type' | 'end'>) {
  const [isShown, setShown] = useState(false);
  return (
    <Field
      autoCapitalize="none"
      autoCorrect="off"
      spellCheck={false}
      {...props}
      type={isShown ? 'text' : 'password'}
      className="with-end"
      end={
        <button
          type="button"
          className="form-input-end"
          aria-pressed={isShown}
          aria-label={`Show ${props.label.toLowerCase()}`}
          onClick={() => setShown(!isShown)}
        >
          {isShown ? 'Hide' : 'Show'}
        </button>
      }
    />
  );
}

function describedBy(id: string, has: { hint: boolean; problem: boolean }): string | undefined {
  const ids = [...(has.problem ? [`${id}-problem`] : []), ...(has.hint ? [`${id}-hint`] : [])];
  return ids.length === 0 ? undefined : ids.join(' ');
}

export function FieldNotes({ id, hint, problem }: { id: string; hint?: ReactNode; problem?: string | undefined }) {
  return (
    <>
      {problem !== undefined && (
        <p id={`${id}-problem`} className="field-problem" role="alert">
          {problem}
        </p>
      )}
      {hint !== undefined && (
        <p id={`${id}-hint`} className="field-hint">
          {hint}
        </p>
      )}
    </>
  );
}
