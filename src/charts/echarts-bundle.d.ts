/** The package as one file, which loads eight times faster than its modules (160 ms of CPU time instead of 1,300). */
declare module 'echarts/dist/echarts.esm.min.mjs' {
  export * from 'echarts';
}
