/** Chooses between the system's theme, light and dark. */
import { useStore } from '../../store.ts';
import { Icon, type IconName } from '../layout/icon.tsx';
import { Popover } from '../layout/popover.tsx';
import { chooseTheme, type ThemeChoice, theme, themeChoice } from './theme.ts';

const choices: { value: ThemeChoice; label: string; icon: IconName }[] = [
  { value: 'system', label: 'System', icon: 'screen' },
  { value: 'light', label: 'Light', icon: 'sun' },
  { value: 'dark', label: 'Dark', icon: 'moon' },
];

export function ThemeSwitch() {
  const chosen = useStore(themeChoice);
  const shown = useStore(theme);
  return (
    <Popover
      label="Theme"
      triggerLabel="Theme"
      triggerClass="icon-button"
      trigger={<Icon name={shown === 'dark' ? 'moon' : 'sun'} />}
    >
      {(close) => (
        <div className="menu" role="radiogroup" aria-label="Theme">
          {choices.map(({ value, label, icon }) => (
            <label key={value} className="menu-item">
              <input
                type="radio"
                className="sr-only"
                name="theme"
                checked={chosen === value}
                onChange={() => chooseTheme(value)}
                onClick={close}
              />
              <Icon name={icon} />
              <span>{label}</span>
              {chosen === value && <Icon name="check" size={16} />}
            </label>
          ))}
        </div>
      )}
    </Popover>
  );
}
