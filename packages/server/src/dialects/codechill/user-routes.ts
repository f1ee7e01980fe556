import { limits } from '@coderoom/protocol';
import { Type } from 'typebox';
import type { AccountService } from '../../accounts/service.ts';
import type { FriendService } from '../../friends/service.ts';
import type { Http } from '../../gateway/http.ts';
import type { RateLimits } from '../../gateway/rate-limits.ts';
import { fromV4 } from '../ids.ts';
import { describePerson } from './descriptions.ts';
import { fault } from './fault.ts';
import type { OwnRooms } from './own-rooms.ts';
import type { CodeChillProfiles } from './profiles.ts';
import { type Askers, faults, looseBody, readString, withAppToken } from './route-kit.ts';
import { OwnRoom, Person, PersonProfile, Profile, User } from './shapes.ts';

export interface UserRoutesOptions {
  askers: Askers;
  profiles: CodeChillProfiles;
  ownRooms: OwnRooms;
  accounts: Pick<AccountService, 'find' | 'findMany'>;
  friends: Pick<FriendService, 'findPeople' | 'findPerson'>;
  rateLimits: Pick<RateLimits, 'count'>;
}

const services = ['github', 'leetcode', 'codeforces'] as const;

/** `/api/users`, of its later versions and the pages that go with them. */
export function registerUserRoutes(http: Http, options: UserRoutesOptions): void {
  const { askers, profiles, ownRooms, accounts, friends, rateLimits } = options;
  const { onRequest } = askers;
  const common = { tags: ['CodeChill'], security: withAppToken };
  const names = {
    name: 'one’s name',
    github_username: 'null or empty: none',
    leetcode_username: 'likewise',
    codeforces_username: 'likewise',
  };
  const updated = Type.Object({ message: Type.String(), profile: User, data: User });

  http.get(
    '/api/users/profile',
    {
      onRequest,
      config: { failure: 'Failed to get profile' },
      schema: {
        ...common,
        operationId: 'codechillGetOwnProfile',
        summary: 'Oneself, with what other services say',
        response: { 200: Type.Object({ profile: Profile, data: Profile }), ...faults(401) },
      },
    },
    async (request) => both(await profiles.own(askers.of(request))),
  );

  for (const method of ['PUT', 'PATCH'] as const) {
    http.route({
      method,
      url: '/api/users/profile',
      onRequest,
      config: { failure: 'Failed to update profile' },
      schema: {
        ...common,
        operationId: method === 'PUT' ? 'codechillPutOwnProfile' : 'codechillPatchOwnProfile',
        summary: 'Change one’s name, or names at other services',
        body: looseBody(names),
        response: { 200: updated, ...faults(401, 413) },
      },
      handler: async (request) => ({
        message: 'Profile updated successfully',
        ...both(await profiles.update(askers.of(request), request.body)),
      }),
    });
  }

  for (const service of services) {
    http.post(
      `/api/users/link/${service}`,
      {
        onRequest,
        config: { failure: 'Failed to update profile' },
        schema: {
          ...common,
          operationId: `codechillLink${service}`,
          summary: 'Say under which name one is there',
          body: looseBody({ username: 'null or empty: none' }),
          response: { 200: updated, ...faults(401, 413) },
        },
      },
      async (request) => {
        const { username = null } = request.body as { username?: unknown };
        const change = { [`${service}_username`]: username };
        return {
          message: 'Profile updated successfully',
          ...both(await profiles.update(askers.of(request), change)),
        };
      },
    );
  }

  http.get(
    '/api/users/:chillUser/profile',
    {
      onRequest,
      config: { failure: 'Failed to get profile' },
      schema: {
        ...common,
        params: Type.Object({ chillUser: Type.String() }),
        operationId: 'codechillGetProfile',
        summary: 'Somebody, without what is theirs alone',
        response: { 200: Type.Object({ profile: PersonProfile, data: PersonProfile }), ...faults(401, 404) },
      },
    },
    async (request) => {
      const id = fromV4(request.params.chillUser);
      const { account: asker } = askers.of(request);
      if (id !== asker.id) await friends.findPerson(asker.id, id);
      const account = await accounts.find(id);
      if (account === undefined) throw fault(404, 'User not found');
      return both(await profiles.other(account));
    },
  );

  http.get(
    '/api/users/search',
    {
      onRequest,
      config: { failure: 'Failed to search users', rate: 'peopleSearches' },
      schema: {
        ...common,
        operationId: 'codechillSearchUsers',
        summary: 'People by a whole e-mail address, or the beginning of a name',
        querystring: Type.Object({ q: Type.Optional(Type.String()) }),
        response: { 200: Type.Object({ users: Type.Array(Person) }), ...faults(401) },
      },
    },
    async (request) => {
      const search = readString(request.query.q)?.trim().slice(0, limits.searchMaxLength) ?? '';
      if (search === '') return { users: [] };
      const people = await friends.findPeople(askers.of(request).account.id, search);
      const found = await accounts.findMany(people.map(({ id }) => id));
      return { users: found.map(describePerson) };
    },
  );

  http.post(
    '/api/users/stats/refresh',
    {
      onRequest,
      config: { failure: 'Failed to update stats' },
      schema: {
        ...common,
        operationId: 'codechillRefreshUserStats',
        summary: 'Ask other services anew',
        response: {
          200: Type.Object({ message: Type.String(), profile: Profile, data: Profile }),
          ...faults(401, 413),
        },
      },
    },
    async (request) => {
      const user = askers.of(request);
      await rateLimits.count('statsRefreshes', user.account.id);
      return { message: 'Stats updated successfully', ...both(await profiles.refresh(user)) };
    },
  );

  http.get(
    '/api/users/dashboard',
    {
      onRequest,
      config: { failure: 'Failed to get dashboard' },
      schema: {
        ...common,
        operationId: 'codechillGetDashboard',
        summary: 'Oneself and one’s rooms',
        response: {
          200: Type.Object({
            profile: Profile,
            rooms: Type.Array(OwnRoom),
            room_count: Type.Integer(),
            owned_room_count: Type.Integer(),
          }),
          ...faults(401),
        },
      },
    },
    async (request) => {
      const user = askers.of(request);
      const [profile, rooms] = await Promise.all([profiles.own(user), ownRooms.list(user.account.id)]);
      const owned = rooms.filter(({ user_role }) => user_role === 'owner');
      return { profile, rooms, room_count: rooms.length, owned_room_count: owned.length };
    },
  );

  http.get(
    '/api/users/rooms',
    {
      onRequest,
      config: { failure: 'Failed to fetch rooms' },
      schema: {
        ...common,
        operationId: 'codechillListUserRooms',
        summary: 'Rooms that one is in',
        response: { 200: Type.Object({ rooms: Type.Array(OwnRoom) }), ...faults(401) },
      },
    },
    async (request) => ({ rooms: await ownRooms.list(askers.of(request).account.id) }),
  );
}

/** By the name that its server has for it, and by the one that its pages look for. */
const both = <Found>(profile: Found) => ({ profile, data: profile });
