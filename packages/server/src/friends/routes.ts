import { FriendRequest, PeopleQuery } from '@coderoom/protocol';
import { Type } from 'typebox';
import type { SignedInAccess } from '../gateway/authorize.ts';
import type { Http } from '../gateway/http.ts';
import { bodyErrors, problems, signedInErrors, withAccountToken } from '../gateway/openapi.ts';
import type { FriendService } from './service.ts';

export function registerFriendRoutes(http: Http, signedIn: SignedInAccess, friends: FriendService): void {
  const common = { tags: ['friends'], security: withAccountToken };
  const onePerson = { ...common, params: Type.Object({ account: Type.String() }) };
  const people = Type.Object({ items: Type.Array(Type.Ref('Person')) });

  http.get(
    '/api/v2/friends',
    {
      schema: {
        ...common,
        operationId: 'listFriends',
        summary: 'Friends, and requests in both directions',
        response: { 200: Type.Object({ items: Type.Array(Type.Ref('Friend')) }), ...problems(...signedInErrors) },
      },
    },
    async ({ headers }) => {
      const { account } = await signedIn.byHeader(headers.authorization);
      return { items: await friends.list(account.id) };
    },
  );

  http.post(
    '/api/v2/friends',
    {
      config: { rate: 'friendRequests' },
      schema: {
        ...common,
        operationId: 'requestFriend',
        summary: 'Ask somebody, by account or e-mail address, to be friends',
        description:
          'Whoever has asked you already is a friend at once. For an unknown address the answer is the same.',
        body: FriendRequest,
        response: {
          202: Type.Object({}, { additionalProperties: false, description: 'asked, if there is such an account' }),
          ...problems(
            ...bodyErrors,
            ...signedInErrors,
            'friend_is_self',
            'person_not_found',
            'person_blocked',
            'too_many_people',
          ),
        },
      },
    },
    async ({ headers, body }, reply) => {
      const { account } = await signedIn.byHeader(headers.authorization);
      await friends.ask(account, body);
      return reply.status(202).send({});
    },
  );

  http.post(
    '/api/v2/friends/:account/accept',
    {
      schema: {
        ...onePerson,
        operationId: 'acceptFriend',
        summary: 'Accept somebody’s request',
        response: {
          200: Type.Ref('Friend'),
          ...problems(...bodyErrors, ...signedInErrors, 'friend_not_found', 'too_many_people'),
        },
      },
    },
    async ({ headers, params }) => {
      const { account } = await signedIn.byHeader(headers.authorization);
      return friends.accept(account, params.account);
    },
  );

  http.delete(
    '/api/v2/friends/:account',
    {
      schema: {
        ...onePerson,
        operationId: 'removeFriend',
        summary: 'Decline or withdraw a request, or be friends no more',
        response: {
          204: Type.Null({ description: 'removed' }),
          ...problems(...bodyErrors, ...signedInErrors, 'friend_not_found'),
        },
      },
    },
    async ({ headers, params }, reply) => {
      const { account } = await signedIn.byHeader(headers.authorization);
      await friends.remove(account, params.account);
      return reply.status(204).send(null);
    },
  );

  http.get(
    '/api/v2/blocks',
    {
      schema: {
        ...common,
        operationId: 'listBlocks',
        summary: 'Whom one has blocked',
        response: { 200: people, ...problems(...signedInErrors) },
      },
    },
    async ({ headers }) => {
      const { account } = await signedIn.byHeader(headers.authorization);
      return { items: await friends.listBlocked(account.id) };
    },
  );

  http.put(
    '/api/v2/blocks/:account',
    {
      schema: {
        ...onePerson,
        operationId: 'blockPerson',
        summary: 'Block somebody: they are no friend, and neither find nor reach you',
        response: {
          204: Type.Null({ description: 'blocked' }),
          ...problems(...bodyErrors, ...signedInErrors, 'friend_is_self', 'person_not_found', 'too_many_people'),
        },
      },
    },
    async ({ headers, params }, reply) => {
      const { account } = await signedIn.byHeader(headers.authorization);
      await friends.block(account, params.account);
      return reply.status(204).send(null);
    },
  );

  http.delete(
    '/api/v2/blocks/:account',
    {
      schema: {
        ...onePerson,
        operationId: 'unblockPerson',
        summary: 'Block somebody no longer',
        response: {
          204: Type.Null({ description: 'unblocked' }),
          ...problems(...bodyErrors, ...signedInErrors, 'person_not_found'),
        },
      },
    },
    async ({ headers, params }, reply) => {
      const { account } = await signedIn.byHeader(headers.authorization);
      await friends.unblock(account.id, params.account);
      return reply.status(204).send(null);
    },
  );

  http.get(
    '/api/v2/people',
    {
      config: { rate: 'peopleSearches' },
      schema: {
        ...common,
        operationId: 'findPeople',
        summary: 'People, by a whole e-mail address or the beginning of a name',
        querystring: PeopleQuery,
        response: { 200: people, ...problems(...signedInErrors) },
      },
    },
    async ({ headers, query }) => {
      const { account } = await signedIn.byHeader(headers.authorization);
      return { items: await friends.findPeople(account.id, query.search) };
    },
  );

  http.get(
    '/api/v2/people/:account',
    {
      schema: {
        ...onePerson,
        operationId: 'getPerson',
        summary: 'Somebody, as others see them',
        response: { 200: Type.Ref('Person'), ...problems(...signedInErrors, 'person_not_found') },
      },
    },
    async ({ headers, params }) => {
      const { account } = await signedIn.byHeader(headers.authorization);
      return friends.findPerson(account.id, params.account);
    },
  );
}
