/** The corner of each page that says who is signed in, with the way to what is theirs; or the way to sign in. */
import { navigation } from '../../browser-navigation.ts';
import { appPath, personPath, signInPath } from '../../navigation.ts';
import { useStore } from '../../store.ts';
import { Icon, type IconName } from '../layout/icon.tsx';
import { Link } from '../layout/link.tsx';
import { Popover } from '../layout/popover.tsx';
import { showProblem, showToast } from '../notices/toasts.ts';
import { session } from '../session/browser-session.ts';
import { PersonAvatar } from './person-avatar.tsx';

export function AccountCorner() {
  const state = useStore(session.state);
  if (state.name === 'restoring') return <span className="account-corner-waiting" aria-hidden="true" />;
  if (state.name !== 'signed-in') {
    return (
      <Link className="button" href={signInPath(location.pathname)}>
        Sign in
      </Link>
    );
  }
  const { account } = state;
  const links: { href: string; icon: IconName; label: string }[] = [
    { href: appPath('rooms'), icon: 'rooms', label: 'My rooms' },
    { href: appPath('friends'), icon: 'people', label: 'Friends' },
    { href: personPath(account.id), icon: 'person', label: 'Profile' },
    { href: appPath('account'), icon: 'settings', label: 'Account' },
  ];
  return (
    <Popover
      label="Your account"
      triggerClass="icon-button account-corner"
      trigger={
        <>
          <PersonAvatar person={account} />
          <span className="sr-only">Your account: {account.name}</span>
        </>
      }
    >
      {(close) => (
        <div className="menu account-menu">
          <p className="account-who">
            <strong>{account.name}</strong>
            {account.email !== null && <small>{account.email}</small>}
          </p>
          {links.map(({ href, icon, label }) => (
            <Link key={href} className="menu-item" href={href} onClick={close}>
              <Icon name={icon} />
              <span>{label}</span>
            </Link>
          ))}
          <button type="button" className="menu-item" onClick={() => void signOut()}>
            <Icon name="leave" />
            <span>Sign out</span>
          </button>
        </div>
      )}
    </Popover>
  );
}

async function signOut(): Promise<void> {
  try {
    await session.signOut();
    navigation.go('/');
    showToast('You are signed out');
  } catch (error) {
    showProblem(error);
  }
}
