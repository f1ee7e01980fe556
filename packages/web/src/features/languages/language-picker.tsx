/** Chooses among the languages of this server: a button that says which it is, and the list that opens from it. */
import { useEffect } from 'react';
import { createLoaded } from '../../loaded.ts';
import { Shown } from '../../shown.tsx';
import { useStore } from '../../store.ts';
import { Icon } from '../layout/icon.tsx';
import { Popover } from '../layout/popover.tsx';
import { LanguageMark } from './language-mark.tsx';
import { languages } from './languages.ts';

const list = createLoaded(() => import('./language-list.tsx'));

const listAfterMs = 1_000;

export interface LanguagePickerProps {
  /** Empty: none is chosen yet. */
  value: string;
  onChange: (id: string) => void;
  disabled?: boolean;
}

export function LanguagePicker({ value, onChange, disabled = false }: LanguagePickerProps) {
  const items = useStore(languages);
  // Before it is opened, so that what is typed at once is not lost.
  useEffect(() => {
    const timer = setTimeout(list.load, listAfterMs);
    return () => clearTimeout(timer);
  }, []);
  const name = items?.find(({ id }) => id === value)?.name ?? value;
  const shown = (
    <>
      <span className="sr-only">Language: </span>
      {value !== '' && <LanguageMark id={value} />}
      <span className="language-name">{name === '' ? 'Language' : name}</span>
    </>
  );
  if (disabled || items === null) {
    return <span className="language-picker fixed">{shown}</span>;
  }
  return (
    <Popover
      label="Language"
      triggerClass="language-picker"
      align="start"
      trigger={
        <>
          {shown}
          <Icon name="chevron" size={16} />
        </>
      }
    >
      {(close) => (
        <Shown
          page={list}
          props={{
            items,
            value,
            onChoose(id: string) {
              close();
              if (id !== value) onChange(id);
            },
          }}
          isPart
        />
      )}
    </Popover>
  );
}
