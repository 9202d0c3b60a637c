import { currentFile } from './run-group.ts';

/** What a test file of a group gets for `tap`: its own subtest instead of the root test of the process. */
export default currentFile();
