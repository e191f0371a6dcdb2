/** Text in lines that a terminal of 80 columns shows whole. */
export const wrapped = (text, width = 78) => text.replace(new RegExp(`(.{1,${width}})(?: |$)`, 'g'), '$1\n').trimEnd();
