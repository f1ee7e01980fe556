/** Fields that a new room and the settings of one have in common. */
import { limits, type RoomExecution, type RoomVisibility } from '@coderoom/protocol';
import { useId } from 'react';
import type { FormProblem } from '../layout/use-form.ts';

const visibilities: { value: RoomVisibility; label: string; text: string }[] = [
  { value: 'public', label: 'Public', text: 'Listed, for everybody to find.' },
  { value: 'unlisted', label: 'Unlisted', text: 'Whoever has the link comes in.' },
  { value: 'private', label: 'Private', text: 'By password, by your invitation, or by asking in the lobby.' },
];

const executions: { value: RoomExecution; label: string; text: string }[] = [
  { value: 'on', label: 'As this server does it', text: 'In a sandbox, where there is one.' },
  {
    value: 'browser',
    label: 'In browsers',
    text: 'In the browser of whoever starts one: Python, JavaScript and TypeScript.',
  },
  { value: 'off', label: 'Not at all', text: 'What runs is stopped.' },
];

interface ChoiceProps<Value> {
  value: Value;
  onChange: (value: Value) => void;
}

export function VisibilityField(props: ChoiceProps<RoomVisibility>) {
  return <ChoiceField legend="Who can come in" name="visibility" options={visibilities} {...props} />;
}

export function ExecutionField(props: ChoiceProps<RoomExecution>) {
  return <ChoiceField legend="How programs are run" name="execution" options={executions} {...props} />;
}

interface ChoiceFieldProps<Value> extends ChoiceProps<Value> {
  legend: string;
  name: string;
  options: readonly { value: Value; label: string; text: string }[];
}

function ChoiceField<Value extends string>({ legend, name, options, value, onChange }: ChoiceFieldProps<Value>) {
  const id = useId();
  return (
    <fieldset className="choices">
      <legend className="form-legend">{legend}</legend>
      {options.map(({ value: option, label, text }) => (
        <label key={option} className="choice">
          <input
            type="radio"
            name={name}
            checked={value === option}
            aria-labelledby={`${id}-${option}-label`}
            aria-describedby={`${id}-${option}`}
            onChange={() => onChange(option)}
          />
          <span id={`${id}-${option}-label`}>{label}</span>
          <small id={`${id}-${option}`}>{text}</small>
        </label>
      ))}
    </fieldset>
  );
}

export interface SwitchProps {
  label: string;
  text: string;
  isOn: boolean;
  onChange: (isOn: boolean) => void;
}

export function Switch({ label, text, isOn, onChange }: SwitchProps) {
  const id = useId();
  return (
    <label className="choice">
      <input
        type="checkbox"
        checked={isOn}
        aria-labelledby={`${id}-label`}
        aria-describedby={id}
        onChange={(event) => onChange(event.target.checked)}
      />
      <span id={`${id}-label`}>{label}</span>
      <small id={id}>{text}</small>
    </label>
  );
}

export function checkRoomPassword(password: string): FormProblem | null {
  if ([...password].length >= limits.roomPasswordMinLength) return null;
  return { field: 'password', text: `Use at least ${limits.roomPasswordMinLength} characters.` };
}
