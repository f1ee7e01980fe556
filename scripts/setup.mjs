// `npm run setup`: everything that running code and the tests need, npm's packages, Debian's, and the compilers.
import { buildWebClient, installPackages, installSystemPackages, makeToolchains } from './bootstrap.mjs';

installPackages();
buildWebClient();
const missing = installSystemPackages('all');
if (!makeToolchains()) missing.push('the toolchain image');
console.log(missing.length === 0 ? 'Everything is here.' : `Left out: ${missing.join(', ')}.`);
