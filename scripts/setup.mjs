// `npm run setup`: everything that running code and the tests need, npm's packages and Debian's.
import { buildWebClient, installPackages, installSystemPackages } from './bootstrap.mjs';

installPackages();
buildWebClient();
const missing = installSystemPackages('all');
console.log(missing.length === 0 ? 'Everything is here.' : `Left out: ${missing.join(', ')}.`);
