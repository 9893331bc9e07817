// Without the default theme's own font: the page loads none.
import theme from 'vitepress/theme-without-fonts'
import './style.css'

export default theme
