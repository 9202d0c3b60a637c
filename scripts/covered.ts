/** What tap measures the coverage of, whichever test runs: the service, not the sandbox, the tests and the scripts. */
export default (): string[] => ['src/**/*.ts', 'plugins/**/*.ts', 'routes/**/*.ts'];
