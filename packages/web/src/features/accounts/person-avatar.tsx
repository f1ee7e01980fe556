/** Somebody with an account as a disc: their picture, else their initials. Decoration: the name stands beside it. */
import { colours, type Person } from '@coderoom/protocol';
import { Avatar } from '../members/avatar.tsx';

export function PersonAvatar({ person, size = 32 }: { person: Person; size?: number }) {
  const { picture, name, id } = person;
  // A picture from elsewhere would tell its host who looks at it; the page's policy lets none in.
  if (picture?.startsWith('data:image/')) {
    return <img className="avatar picture" src={picture} alt="" width={size} height={size} />;
  }
  return <Avatar name={name} color={colourOf(id)} size={size} />;
}

/** Always the same one of the palette for the same person. */
function colourOf(id: string): string {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + character.charCodeAt(0)) % 65_521;
  return colours[sum % colours.length]?.color ?? '';
}
