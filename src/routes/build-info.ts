/** Which build this is: filled in by scripts/build.ts, absent where the sources run as they are (tests). */

declare const BUILD_VERSION: string | undefined;
declare const BUILD_COMMIT: string | undefined;

export interface BuildInfo {
  readonly version: string;
  readonly revision: string;
  readonly releaseId: string;
  readonly commitId: string;
}

const version = typeof BUILD_VERSION === 'string' ? BUILD_VERSION : '0';
const commitId = typeof BUILD_COMMIT === 'string' && BUILD_COMMIT !== '' ? BUILD_COMMIT : 'unknown';

export const buildInfo: BuildInfo = { version, revision: commitId, releaseId: version, commitId };
