import { Field } from '../layout/field.tsx';

export interface EmailFieldProps {
  value: string;
  problem: string | undefined;
  autoFocus?: boolean;
  onChange: (email: string) => void;
}

/** The e-mail that one signs in by, so that password managers know it. */
export function EmailField({ onChange, ...rest }: EmailFieldProps) {
  return (
    <Field
      label="E-mail"
      name="email"
      type="email"
      autoComplete="username"
      autoCapitalize="none"
      spellCheck={false}
      onChange={(event) => onChange(event.target.value)}
      {...rest}
    />
  );
}
