"""The entry of the dashboard: navigation and roles only."""

import streamlit as st

from dashboard import access, loading, outage
from dashboard.navigation import pages

st.set_page_config(page_title="Itemwise", page_icon=":material/rule:", layout="wide")
with outage.said():
    person = access.person(loading.database())
    chosen = st.navigation(pages(person.may), expanded=True)
    access.offer_sign_out(person)
    chosen.run()
