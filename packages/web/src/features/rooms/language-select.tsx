/** Chooses among the languages of this server; those that are not installed are named, but cannot be chosen. */
import { useStore } from '../../store.ts';
import { languages } from './languages.ts';

export interface LanguageSelectProps {
  value: string;
  onChange: (id: string) => void;
  disabled?: boolean;
}

export function LanguageSelect({ value, onChange, disabled = false }: LanguageSelectProps) {
  const items = useStore(languages);
  const isKnown = items?.some(({ id }) => id === value) ?? false;
  return (
    <select
      className="select"
      aria-label="Language"
      value={value}
      disabled={disabled || items === null}
      onChange={(event) => onChange(event.target.value)}
    >
      {!isKnown && <option value={value}>{value === '' ? 'Language' : value}</option>}
      {items?.map(({ id, name, installed }) => (
        <option key={id} value={id} disabled={!installed && id !== value}>
          {installed ? name : `${name} – not installed`}
        </option>
      ))}
    </select>
  );
}
