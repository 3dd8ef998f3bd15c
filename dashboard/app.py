"""The entry of the dashboard: navigation and roles only."""

import streamlit as st

from dashboard.navigation import pages

st.set_page_config(page_title="Itemwise", page_icon=":material/rule:", layout="wide")
st.navigation(pages()).run()
