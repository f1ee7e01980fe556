/** The languages of this server with their versions, to be searched and chosen by keys, pointer or finger. */
import type { Language } from '@coderoom/protocol';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { Icon } from '../layout/icon.tsx';
import { findLanguages } from './find-languages.ts';
import IsolationNotes from './isolation-notes.tsx';
import { LanguageMark } from './language-mark.tsx';

export interface LanguageListProps {
  items: readonly Language[];
  value: string;
  onChoose: (id: string) => void;
}

export default function LanguageList({ items, value, onChoose }: LanguageListProps) {
  const [typed, setTyped] = useState('');
  const found = findLanguages(items, typed);
  const [pointedAt, setPointedAt] = useState<string | null>(value);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  const active = found.find((language) => language.id === pointedAt) ?? found[0];
  const optionId = (language: Language) => `${id}-${language.id}`;

  // On a phone the focus would bring up the keyboard, which hides what is to be chosen from.
  useEffect(() => {
    // It is made while its popover is still hidden, where nothing takes the focus.
    const frame = requestAnimationFrame(() => {
      if (matchMedia('(pointer: fine)').matches) field.current?.focus();
    });
    return () => cancelAnimationFrame(frame);
  }, []);
  useEffect(() => {
    const frame = requestAnimationFrame(() => {
      if (active !== undefined) document.getElementById(`${id}-${active.id}`)?.scrollIntoView({ block: 'nearest' });
    });
    return () => cancelAnimationFrame(frame);
  }, [active, id]);

  const choose = (language: Language) => {
    if (language.installed) onChoose(language.id);
    else setPointedAt(language.id);
  };
  const press = (event: KeyboardEvent) => {
    const at = active === undefined ? -1 : found.indexOf(active);
    const moves: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: found.length - 1 };
    const to = moves[event.key];
    if (to !== undefined) {
      event.preventDefault();
      setPointedAt(found[Math.min(found.length - 1, Math.max(0, to))]?.id ?? null);
    } else if (event.key === 'Enter' && active !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      choose(active);
    }
  };
  return (
    <div className="language-list">
      <div className="language-search">
        <Icon name="search" size={16} />
        <input
          ref={field}
          role="combobox"
          aria-label="Find a language"
          aria-expanded="true"
          aria-controls={id}
          aria-activedescendant={active === undefined ? undefined : optionId(active)}
          aria-autocomplete="list"
          placeholder="Find a language"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            setPointedAt(null);
          }}
          onKeyDown={press}
        />
      </div>
      <div id={id} role="listbox" aria-label="Languages" className="language-options">
        {found.map((language) => (
          <Option
            key={language.id}
            id={optionId(language)}
            language={language}
            isChosen={language.id === value}
            isActive={language === active}
            onPoint={() => setPointedAt(language.id)}
            onChoose={() => choose(language)}
          />
        ))}
      </div>
      {found.length === 0 && <p className="language-none">No language of this server is called that.</p>}
      <IsolationNotes />
    </div>
  );
}

interface OptionProps {
  id: string;
  language: Language;
  isChosen: boolean;
  isActive: boolean;
  onPoint: () => void;
  onChoose: () => void;
}

function Option({ id, language, isChosen, isActive, onPoint, onChoose }: OptionProps) {
  const { name, version, installed, hint } = language;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are pressed in the field, which points here
    <div
      id={id}
      role="option"
      tabIndex={-1}
      className="language-option"
      aria-selected={isChosen}
      aria-disabled={!installed}
      data-active={isActive}
      onPointerMove={onPoint}
      onClick={onChoose}
    >
      <LanguageMark id={language.id} size={24} />
      <span className="language-words">
        <span>{name}</span>
        {!installed && (
          <small>{isActive && hint !== undefined ? `Cannot be run here: ${hint}` : 'Cannot be run here'}</small>
        )}
      </span>
      {version !== null && <span className="language-version">{version}</span>}
      {isChosen ? <Icon name="check" size={16} /> : <span className="language-unchosen" />}
    </div>
  );
}
