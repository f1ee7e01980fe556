import { useCallback, useSyncExternalStore } from 'react';
import { useSelected, useStore } from '../../store.ts';
import type { OpenRoom } from '../rooms/open-room.ts';
import type { Tile } from './call-tile.tsx';
import type { CallPeer, RoomCall } from './room-call.ts';

/** What is to be seen of the call: oneself, the others, and their screens. */
export function useTiles(room: OpenRoom, call: RoomCall): Tile[] {
  const members = useSelected(room.events.state, (state) => state.members);
  const ownId = useSelected(room.events.state, (state) => state.memberId);
  const peers = useStore(call.peers);
  const speaking = useStore(call.speaking);
  const microphone = useStore(call.media.microphone);
  const camera = useStore(call.media.camera);
  useTracks(peers);

  const self = members.find(({ id }) => id === ownId);
  const own: Tile = {
    key: 'own',
    what: 'camera',
    name: self?.name ?? 'You',
    member: self,
    track: camera.name === 'on' ? camera.track : null,
    isMuted: microphone.name !== 'on' || microphone.muted,
    isSpeaking: speaking.has('own'),
    peer: undefined,
  };
  const others = peers.flatMap((peer): Tile[] => {
    const { peerId, memberId, media } = peer.participant;
    const member = members.find(({ id }) => id === memberId);
    const pictures = peer.link.tracks.get().filter(({ track }) => track.kind === 'video');
    const screen = pictures.find(({ streamId }) => streamId === media.screen)?.track ?? null;
    const face = pictures.find(({ track }) => track !== screen)?.track ?? null;
    const common = { name: member?.name ?? 'Somebody', member, peer };
    const shown: Tile[] = [
      {
        ...common,
        key: peerId,
        what: 'camera',
        track: media.camera ? face : null,
        isMuted: !media.microphone,
        isSpeaking: media.microphone && speaking.has(peerId),
      },
    ];
    if (screen !== null) {
      shown.push({
        ...common,
        key: `${peerId} screen`,
        what: 'screen',
        track: screen,
        isMuted: true,
        isSpeaking: false,
      });
    }
    return shown;
  });
  return [...others, own];
}

/** Renders again when a track comes to any of them. */
function useTracks(peers: readonly CallPeer[]): void {
  const subscribe = useCallback(
    (listener: () => void) => {
      const stops = peers.map(({ link }) => link.tracks.subscribe(listener));
      return () => {
        for (const stop of stops) stop();
      };
    },
    [peers],
  );
  useSyncExternalStore(subscribe, () => peers.reduce((sum, { link }) => sum + link.tracks.get().length, 0));
}
