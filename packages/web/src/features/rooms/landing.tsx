/** The first page: a new room by one click, a room by its code or link, and the rooms of this browser. */
import type { Language } from '@coderoom/protocol';
import { type SubmitEvent, useEffect, useState } from 'react';
import { navigation } from '../../browser-navigation.ts';
import { createLoaded } from '../../loaded.ts';
import { appPath, parseRoomCode, roomPath } from '../../navigation.ts';
import { Shown } from '../../shown.tsx';
import { useStore } from '../../store.ts';
import { AccountCorner } from '../accounts/account-corner.tsx';
import { LanguagePicker } from '../languages/language-picker.tsx';
import { defaultLanguage, languages, loadLanguages } from '../languages/languages.ts';
import { Icon } from '../layout/icon.tsx';
import { Link } from '../layout/link.tsx';
import { Logo } from '../layout/logo.tsx';
import { showProblem } from '../notices/toasts.ts';
import { session } from '../session/browser-session.ts';
import { ThemeSwitch } from '../theme/theme-switch.tsx';
import { createRoom } from './join-room.ts';
import { RecentRooms } from './recent-rooms.tsx';
import { RoomPreview } from './room-preview.tsx';
import './landing.css';

const yourRooms = createLoaded(() => import('./your-rooms.tsx'));

export function Landing({ prepareRoom }: { prepareRoom: () => void }) {
  const items = useStore(languages);
  const [chosen, setChosen] = useState<string | null>(null);
  const [isUnreachable, setUnreachable] = useState(false);
  const language = items?.find(({ id }) => id === chosen) ?? defaultLanguage(items ?? []);

  useEffect(() => {
    document.title = 'Coderoom';
    loadLanguages().then(prepareRoom, () => setUnreachable(true));
  }, [prepareRoom]);

  return (
    <div className="landing">
      <header className="landing-bar">
        <span className="brand">
          <Logo />
          Coderoom
        </span>
        <div className="landing-bar-end">
          <ThemeSwitch />
          <AccountCorner />
        </div>
      </header>
      <main className="landing-main">
        <div className="landing-start">
          <h1>
            <span>Write code together.</span> <span>Run it together.</span>
          </h1>
          <p className="landing-lead">Open a room, send the link, and everyone is typing. No account, no install.</p>
          {isUnreachable && (
            <p className="note" data-tone="bad" role="alert">
              The server cannot be reached right now. Reload the page to try again.
            </p>
          )}
          <NewRoom language={language} onLanguage={setChosen} />
          <JoinForm />
          <p className="landing-more">
            <Link href={appPath('public-rooms')}>See the public rooms</Link>
          </p>
          <Rooms />
        </div>
        <RoomPreview language={language} />
      </main>
    </div>
  );
}

/** Those of the account; for guests, those of this browser. */
function Rooms() {
  const { name } = useStore(session.state);
  if (name === 'restoring') return null;
  return name === 'signed-in' ? <Shown page={yourRooms} props={{}} isPart /> : <RecentRooms />;
}

function NewRoom({ language, onLanguage }: { language: Language | undefined; onLanguage: (id: string) => void }) {
  const [isCreating, setCreating] = useState(false);
  const create = async () => {
    setCreating(true);
    try {
      const code = await createRoom(language === undefined ? {} : { language: language.id });
      navigation.go(roomPath(code));
    } catch (error) {
      showProblem(error);
      setCreating(false);
    }
  };
  return (
    <div className="new-room">
      <LanguagePicker value={language?.id ?? ''} onChange={onLanguage} />
      <button type="button" className="button primary big" disabled={isCreating} onClick={() => void create()}>
        <span>New room</span>
        <Icon name="arrow" />
      </button>
    </div>
  );
}

function JoinForm() {
  const [input, setInput] = useState('');
  const [isWrong, setWrong] = useState(false);
  const join = (event: SubmitEvent) => {
    event.preventDefault();
    const code = parseRoomCode(input);
    if (code === null) setWrong(true);
    else navigation.go(roomPath(code));
  };
  return (
    <form className="join" onSubmit={join} noValidate>
      <input
        className="field"
        aria-label="Join with a code or link"
        placeholder="Join with a code or link"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        enterKeyHint="go"
        value={input}
        aria-invalid={isWrong}
        aria-describedby={isWrong ? 'join-problem' : undefined}
        onChange={(event) => {
          setInput(event.target.value);
          setWrong(false);
        }}
      />
      <button type="submit" className="button">
        Join
      </button>
      {isWrong && (
        <p id="join-problem" className="field-problem" role="alert">
          {input.trim() === ''
            ? 'Paste a link, or type the code of a room.'
            : 'That is neither a room’s link nor a code.'}
        </p>
      )}
    </form>
  );
}
